import { requestRecheck } from "@picket/db";
import { createPlatform, type Platform } from "../../apps/worker/test/harness.ts";
import { type RunningLab, startLab } from "../../packages/lab/src/index.ts";
import { startTestServices } from "../test/services.ts";
import { type BenchRow, runIfMain } from "./bench-row.ts";

/**
 * Rechecks of every finding of the lab's shop, one after the other, by a worker process: as it is, then mended. How long
 * from asking to the verdict, by the database's clock, and how many requests the shop itself counted for each.
 *
 *     node infra/bench/recheck.ts
 */

/** Issue 3, §5; field.md §5, statement 3. */
const BAR_S = 60;
const BAR_REQUESTS = 20;
const WAIT_MS = 120_000;

interface Measured {
  /** With the reason, when it is inconclusive. */
  verdict: string;
  seconds: number;
  requests: number;
}

async function measureOne(platform: Platform, lab: RunningLab, findingId: string): Promise<Measured> {
  const before = lab.requests().length;
  const by = { requestedBy: "token:bench", engineVersion: "0.1.0" };
  const { recheckId, scanId } = await requestRecheck(platform.database, { findingId, ...by });
  await platform.queue.enqueueAdvance(scanId ?? "");
  await platform.scanEnd(scanId ?? "", WAIT_MS);
  const [ended] = await platform.rows<{ verdict: string; seconds: number }>(
    `SELECT concat_ws(': ', verdict::text, reason) AS verdict, extract(epoch FROM finished_at - created_at)::float8 AS seconds FROM recheck WHERE id = $1::uuid`,
    recheckId,
  );
  if (!ended) throw new Error(`recheck ${recheckId} is not there`);
  return { ...ended, requests: lab.requests().length - before };
}

async function measureAll(platform: Platform): Promise<Measured[]> {
  await platform.startWorker();
  let lab = await startLab("vulnerable");
  try {
    const targetId = await platform.target({ baseUrl: `${lab.url}/` });
    await platform.scanEnd(await platform.startScan(targetId), WAIT_MS);
    const findings = await platform.rows<{ id: string }>(
      "SELECT id FROM finding WHERE target_id = $1::uuid ORDER BY type, id",
      targetId,
    );
    const measured: Measured[] = [];
    for (const { id } of findings) measured.push(await measureOne(platform, lab, id));
    const port = Number(new URL(lab.url).port);
    await lab.stop();
    lab = await startLab("fixed", { port });
    for (const { id } of findings) measured.push(await measureOne(platform, lab, id));
    return measured;
  } finally {
    await lab.stop();
  }
}

function percentile(values: readonly number[], share: number): number {
  const sorted = values.toSorted((a, b) => a - b);
  return sorted[Math.ceil(sorted.length * share) - 1] ?? Number.POSITIVE_INFINITY;
}

export async function recheckRows(): Promise<BenchRow[]> {
  const services = await startTestServices();
  Object.assign(process.env, services.environment);
  const platform = await createPlatform();
  const measured = await measureAll(platform).finally(async () => {
    await platform.close();
    await services.stop();
  });
  const times = measured.map(({ seconds }) => seconds);
  const [p50, p95] = [percentile(times, 0.5), percentile(times, 0.95)];
  const most = Math.max(...measured.map(({ requests }) => requests));
  const verdicts = [...Map.groupBy(measured, ({ verdict }) => verdict)].map(
    ([verdict, of]) => `${of.length} ${verdict}`,
  );
  const what = `${measured.length} rechecks (${verdicts.join(", ")})`;
  return [
    {
      id: "R3",
      what: `${what}, to the verdict, p95`,
      figure: `${p95.toFixed(1)} s`,
      against: `p50 ${p50.toFixed(1)} s`,
      ratio: (p95 / p50).toFixed(2),
      bar: `< ${BAR_S} s`,
      met: measured.length >= 20 && p95 < BAR_S,
    },
    {
      id: "R3",
      what: "most requests of one, counted by the shop",
      figure: String(most),
      against: `limit ${BAR_REQUESTS}`,
      ratio: (most / BAR_REQUESTS).toFixed(2),
      bar: `<= ${BAR_REQUESTS}`,
      met: most <= BAR_REQUESTS,
    },
  ];
}

await runIfMain(import.meta.url, recheckRows);

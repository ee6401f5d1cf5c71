import { once } from "node:events";
import { createServer } from "node:http";
import type { AddressInfo } from "node:net";
import { join } from "node:path";
import { setTimeout as sleep } from "node:timers/promises";
import { CancelledScans } from "@picket/core";
import { waitFor } from "@picket/testing";
import { startTestServices } from "../test/services.ts";
import { type BenchRow, flags, percentile, positionals, runIfMain } from "./bench-row.ts";

/**
 * P15: when the last request reaches a target after its scans were stopped, measured from before the call of the API. A
 * fleet of four worker processes; each target is in two scans, and every second time a single scan is cancelled. The API
 * has answered one request before, as one that is in use has.
 *
 *     node infra/bench/kill-switch.ts [stops, default 20]
 */
const stops = Number(positionals[0] ?? (flags.quick ? 4 : 20));
const WORKERS = 4;
const BAR_MS = 1_000;
/** Nothing may come any more after this. */
const QUIET_MS = 3_000;
const PEPPER = "bench-pepper-bench-pepper-bench-pepper";

type Platform = Awaited<ReturnType<typeof startFleet>>;

/** It looks for the services in the environment, so it is loaded when they are there. */
async function startFleet() {
  const { createPlatform, FIXTURES } = await import("../../apps/worker/test/harness.ts");
  const { mintToken } = await import("../../apps/api/src/auth/token.ts");
  const { createToken } = await import("@picket/db");
  const platform = await createPlatform();
  const env = { PLUGIN_DIRS: join(FIXTURES, "waiting"), WORKER_CONCURRENCY: "2" };
  const api = await platform.startApi({ TOKEN_PEPPER: PEPPER });
  await Promise.all(Array.from({ length: WORKERS }, () => platform.startWorker(env)));
  const url = /"url":"(http:[^"]+)"/.exec(await api.log())?.[1] ?? "";
  const { token, secret } = mintToken(PEPPER);
  const operator = { name: "bench", role: "operator", person: "bench", expiresAt: null } as const;
  await platform.database.command((connection) =>
    createToken(connection, operator, { secret, actor: "cli" }),
  );
  const post = async (path: string, body: object) => {
    const headers = { Authorization: `Bearer ${token}`, "Content-Type": "application/json" };
    const answer = await fetch(`${url}${path}`, { method: "POST", headers, body: JSON.stringify(body) });
    if (!answer.ok) throw new Error(`${path}: ${answer.status} ${await answer.text()}`);
    return answer.json() as Promise<unknown>;
  };
  await post("/scans/cancel", { all: true });
  return { ...platform, post };
}

interface Target {
  id: string;
  lastRequest(): number;
  requests(): number;
  close(): void;
}

async function startTarget(platform: Platform): Promise<Target> {
  let [last, count] = [0, 0];
  const server = createServer((_request, response) => {
    last = performance.now();
    count += 1;
    response.end("<p>Hello</p>");
  });
  await once(server.listen(0, "127.0.0.1"), "listening");
  const { port } = server.address() as AddressInfo;
  const budget = { rps: 100, concurrency: 10, maxRuntimeSeconds: 120 };
  return {
    id: await platform.target({ baseUrl: `http://127.0.0.1:${port}/`, budget }),
    lastRequest: () => last,
    requests: () => count,
    close() {
      server.closeAllConnections();
      server.close();
    },
  };
}

interface Stopped {
  /** From the call to the last request that came, ms; less than 0: none came after the call. */
  lastAfterMs: number;
  /** From the call to its answer, ms. */
  answerMs: number;
}

async function stopOnce(platform: Platform, isSingle: boolean): Promise<Stopped> {
  const target = await startTarget(platform);
  const scans = await Promise.all((isSingle ? [1] : [1, 2]).map(() => platform.startScan(target.id)));
  await waitFor(() => target.requests() > 20, { timeoutMs: 30_000, what: "requests" });
  const asked = performance.now();
  if (isSingle) await platform.post(`/scans/${scans[0]}/cancel`, {});
  else CancelledScans.parse(await platform.post("/scans/cancel", { targetId: target.id }));
  const answerMs = performance.now() - asked;
  await sleep(QUIET_MS);
  for (const scan of scans) await platform.scanEnd(scan);
  target.close();
  return { lastAfterMs: target.lastRequest() - asked, answerMs };
}

async function killSwitchRows(): Promise<BenchRow[]> {
  const services = await startTestServices();
  Object.assign(process.env, services.environment);
  const platform = await startFleet();
  const stopped: Stopped[] = [];
  try {
    for (let number = 0; number < stops; number++) stopped.push(await stopOnce(platform, number % 2 === 1));
  } finally {
    await platform.close();
    await services.stop();
  }
  const afterMs = stopped.map(({ lastAfterMs }) => lastAfterMs);
  const answerMs = stopped.map((each) => each.answerMs);
  const last = percentile(afterMs, 0.95);
  const most = Math.max(...afterMs);
  return [
    {
      id: "P15",
      what: `last request after the stop, p95 of ${stops}, ${WORKERS} workers`,
      figure: `${last.toFixed(0)} ms, at most ${most.toFixed(0)} ms`,
      against: `answer of the API ${percentile(answerMs, 0.95).toFixed(0)} ms`,
      ratio: "",
      bar: `<= ${BAR_MS} ms`,
      met: last <= BAR_MS,
    },
  ];
}

await runIfMain(import.meta.url, killSwitchRows);

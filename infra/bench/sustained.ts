import { readFile } from "node:fs/promises";
import { join } from "node:path";
import { setTimeout as sleep } from "node:timers/promises";
import { createToken } from "@picket/db";
import { startLab } from "@picket/lab";
import { waitFor } from "@picket/testing";
import { mintToken } from "../../apps/api/src/auth/token.ts";
import { atMost, type BenchRow, flags, percentile, runIfMain } from "./bench-row.ts";
import { type MeasuredWorker, startMeasuredWorker } from "./measured-worker.ts";

/**
 * One real worker takes findings from plugins in their sandboxes that report as fast as flow control lets them: through
 * the channel, validation and redaction into Postgres (P5). Then they report at the rate of P5's bar while the API, a
 * process of its own, answers lists (P13). Nothing that a plugin reported may be missing.
 *
 *     node infra/bench/sustained.ts [--quick]
 */
const SECONDS = flags.quick ? 10 : 60;
const API_SECONDS = flags.quick ? 5 : 20;
const WARM_UP_SECONDS = flags.quick ? 3 : 8;
const SLACK_SECONDS = 5;
/** Runs at once, each of a scan of its own: the limit on events per run must not end them early. */
const SCANS = 5;
const RATE_BAR = 5_000;
/** Of the rate that the plugins were told: they begin at slightly different times. */
const LEAST_OF_RATE = 0.98;
const P99_BAR_MS = 50;
/** As for a soak. */
const SLOPE_BAR_MB_PER_MIN = 1;
const API_P99_BAR_MS = 100;
/** People with the console open; each looks at something four times a second. */
const CLIENTS = 4;
const LOOK_MS = 250;
const LISTS = [
  "/findings?view=open&limit=50",
  "/findings?view=all&sort=newest&limit=50",
  "/scans",
  "/targets",
];
/** The harness' own. */
const PEPPER = "test-pepper-test-pepper-test-pepper";
const FIXTURE = join(import.meta.dirname, "../../apps/worker/test/fixtures/torrent");

async function stored({ platform }: MeasuredWorker): Promise<number> {
  const [row] = await platform.rows<{ count: number }>("SELECT count(*)::int AS count FROM observation");
  return row?.count ?? 0;
}

async function startTorrents({ platform }: MeasuredWorker, baseUrl: string): Promise<string[]> {
  const fastSeconds = WARM_UP_SECONDS + SECONDS + SLACK_SECONDS;
  const seconds = fastSeconds + SLACK_SECONDS + API_SECONDS + SLACK_SECONDS;
  const torrent = { seconds, fastSeconds, perSecond: RATE_BAR / SCANS };
  const scans: string[] = [];
  for (let scan = 0; scan < SCANS; scan++) {
    const targetId = await platform.target({ baseUrl, budget: { maxRuntimeSeconds: 600 } });
    scans.push(await platform.startScan(targetId, { profile: "passive", settings: { torrent } }));
  }
  return scans;
}

/** Growth of a process' memory, MB a minute, by least squares over a reading each second. */
async function memorySlope(pid: number, forSeconds: number): Promise<number> {
  const readings: number[] = [];
  for (let second = 0; second < forSeconds; second++) {
    await sleep(1_000);
    const pages = (await readFile(`/proc/${pid}/statm`, "utf8")).split(" ")[1];
    readings.push((Number(pages) * 4_096) / 2 ** 20);
  }
  const mean = (values: readonly number[]) => values.reduce((sum, value) => sum + value, 0) / values.length;
  const [middle, level] = [(readings.length - 1) / 2, mean(readings)];
  const rise = mean(readings.map((value, second) => (second - middle) * (value - level)));
  return (60 * rise) / mean(readings.map((_, second) => (second - middle) ** 2));
}

interface Sustained {
  rate: number;
  p99: number;
  slope: number;
}

async function sustain(worker: MeasuredWorker): Promise<Sustained> {
  const { pid } = await worker.read();
  const [before, startedAt] = [await stored(worker), performance.now()];
  const slope = await memorySlope(pid, SECONDS);
  const [after, seconds] = [await stored(worker), (performance.now() - startedAt) / 1_000];
  const { p99 } = await worker.read();
  return { rate: (after - before) / seconds, p99, slope };
}

async function startApi({ platform }: MeasuredWorker): Promise<{ url: string; token: string }> {
  const api = await platform.startApi();
  const url = /https?:\/\/[0-9.]+:\d+/.exec(await api.log())?.[0] ?? "";
  const { token, secret } = mintToken(PEPPER);
  const wanted = { name: "bench", role: "admin", person: "bench", expiresAt: null } as const;
  await platform.database.command((connection) =>
    createToken(connection, wanted, { secret, actor: "bench" }),
  );
  return { url, token };
}

/** How long each list took, ms. Throws when one is not answered or empty. */
async function lookAtLists({ url, token }: { url: string; token: string }): Promise<number[]> {
  const took: number[] = [];
  const headers = { authorization: `Bearer ${token}` };
  const endsAt = performance.now() + API_SECONDS * 1_000;
  const client = async (_: unknown, number: number) => {
    for (let look = number; performance.now() < endsAt; look++) {
      const startedAt = performance.now();
      const response = await fetch(`${url}${LISTS[look % LISTS.length]}`, { headers });
      const { items } = (await response.json()) as { items?: unknown[] };
      took.push(performance.now() - startedAt);
      if (!items?.length)
        throw new Error(`${response.url} was answered with ${response.status} and nothing in it`);
      await sleep(LOOK_MS);
    }
  };
  await Promise.all(Array.from({ length: CLIENTS }, client));
  return took;
}

/** How many findings were reported and are not stored, once all plugins have ended. */
async function lost({ platform }: MeasuredWorker, scans: readonly string[]): Promise<number> {
  const ended = () =>
    platform
      .rows("SELECT 1 FROM module_run WHERE plugin = 'torrent' AND status = 'succeeded'")
      .then(({ length }) => length === scans.length);
  await waitFor(ended, { timeoutMs: 60_000, what: "the end of the plugins" });
  const runs = await platform.rows<{ id: string; reported: number }>(
    `SELECT id, (counters -> 'events' -> 'finding')::int AS reported FROM module_run WHERE plugin = 'torrent'`,
  );
  let missing = 0;
  for (const { id, reported } of runs) {
    const [run] = await platform.rows<{ kept: number }>(
      `SELECT count(*)::int AS kept FROM (
         SELECT 1 FROM observation o JOIN instance i ON i.id = o.instance_id WHERE o.module_run_id = $1::uuid
         GROUP BY substring(i.url FROM 'page-(\\d+)$')) pages`,
      id,
    );
    missing += reported - (run?.kept ?? 0);
  }
  return missing;
}

async function measure(worker: MeasuredWorker): Promise<BenchRow[]> {
  const lab = await startLab("fixed");
  try {
    const api = await startApi(worker);
    const scans = await startTorrents(worker, `${lab.url}/`);
    await waitFor(async () => (await stored(worker)) > 0, { timeoutMs: 30_000, what: "the first finding" });
    await sleep(WARM_UP_SECONDS * 1_000);
    const { rate, p99, slope } = await sustain(worker);
    await sleep(2 * SLACK_SECONDS * 1_000);
    const [before, startedAt] = [await stored(worker), performance.now()];
    const lists = await lookAtLists(api);
    const meanwhile = ((await stored(worker)) - before) / ((performance.now() - startedAt) / 1_000);
    return [
      {
        id: "P5",
        what: `findings from plugins to Postgres, ${SECONDS} s`,
        figure: `${Math.round(rate)}/s`,
        against: "",
        ratio: (rate / RATE_BAR).toFixed(2),
        bar: `>= ${RATE_BAR}/s`,
        met: rate >= RATE_BAR,
      },
      atMost({ id: "P5", what: "of them lost", figure: await lost(worker, scans), unit: "", atMost: 0 }),
      atMost({
        id: "P5",
        what: "worker's event-loop delay, p99",
        figure: p99,
        unit: " ms",
        atMost: P99_BAR_MS,
      }),
      atMost({
        id: "P5",
        what: "growth of its memory",
        figure: slope,
        unit: " MB/min",
        atMost: SLOPE_BAR_MB_PER_MIN,
      }),
      listsRow(lists, meanwhile),
    ];
  } finally {
    await lab.stop();
  }
}

/** Quick lists beside a slower ingest would prove nothing. */
function listsRow(lists: readonly number[], findingsPerSecond: number): BenchRow {
  const row = atMost({
    id: "P13",
    what: `API lists at P5's rate, p99 of ${lists.length}`,
    figure: percentile(lists, 0.99),
    unit: " ms",
    atMost: API_P99_BAR_MS,
    against: `p50 ${percentile(lists, 0.5).toFixed(0)} ms, ${Math.round(findingsPerSecond)} findings/s`,
  });
  return { ...row, met: row.met && findingsPerSecond >= RATE_BAR * LEAST_OF_RATE };
}

async function sustainedRows(): Promise<BenchRow[]> {
  const worker = await startMeasuredWorker({ PLUGIN_DIRS: FIXTURE, WORKER_CONCURRENCY: "8" });
  try {
    return await measure(worker);
  } finally {
    await worker.stop();
  }
}

await runIfMain(import.meta.url, sustainedRows);

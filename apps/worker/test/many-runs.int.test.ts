import { afterAll, beforeAll, describe, expect, it } from "@jest/globals";
import {
  createDatabase,
  type Database,
  findScan,
  planScan,
  registerReleases,
  registerWorker,
} from "@picket/db";
import { planSeed, releaseSeed, seedTarget } from "@picket/db/testing";
import { silentLogger } from "@picket/logging";
import { createConsumer, createScanQueue, createTargetBudgets, type ScanQueue } from "@picket/queue";
import {
  createTestDatabase,
  createTestRedis,
  type TestDatabase,
  type TestRedis,
  waitFor,
} from "@picket/testing";
import { admit } from "../src/scan/admit.ts";
import { advanceScan } from "../src/scan/advance-scan.ts";
import { runModule } from "../src/scan/run-module.ts";
import type { WorkerDeps } from "../src/worker-deps.ts";
import { chaosTerms, quantile, reportChaos } from "./chaos-terms.ts";
import { useBodies } from "./use-bodies.ts";
import { atOnce, withoutSandbox } from "./worker-parts.ts";

/** Each with connections, a queue and slots of its own, in this process. */
const WORKERS = 3;
const SLOTS = 4;
/** Of 20 runs one fails. */
const FAILS_EVERY = 20;
const CLOSES_MS = 5_000;
/** How much longer a run may take in the slowest quarter than in the fastest: were it to follow their number, 7 times. */
const STEADY = 2.5;
const { amount: RUNS, isLong, seed } = chaosTerms(400);

const { bodies, preparer } = await useBodies();

let test: TestDatabase;
let redis: TestRedis;
let database: Database;
let queue: ScanQueue;
const closings: (() => Promise<unknown>)[] = [];
/** When each run was executed, by scan and plugin. */
const executed = new Map<string, number[]>();

beforeAll(async () => {
  [test, redis] = await Promise.all([createTestDatabase(), createTestRedis()]);
  database = createDatabase({ url: test.appUrl, applicationName: "test" });
  queue = createScanQueue({ redisUrl: redis.url, prefix: redis.prefix });
  const releases = Array.from({ length: RUNS }, (_, index) =>
    releaseSeed({ name: `plugin-${index}`, stage: "discover" }),
  );
  await registerReleases(database.sql, releases);
  const byDigest = new Map(
    releases.map((release) => [release.codeDigest, { ...release, bundlePath: "", dir: "" }]),
  );
  for (let number = 0; number < WORKERS; number++) await startWorker(`worker-${number}`, byDigest);
  // In place of their heartbeats.
  for (const sign of ["plugin_release SET last_seen_at", "worker SET seen_at"])
    await database.sql.query(`UPDATE ${sign} = now() + interval '1 day'`);
}, 60_000);
afterAll(async () => {
  await Promise.all(closings.map((close) => close()));
  await Promise.all([queue.close(), database.close()]);
  await Promise.all([test.drop(), redis.close()]);
});

/** Stands for the sandbox alone: a plugin that ends at once, or crashes. */
async function runAtOnce({ scan, expected }: { scan: { id: string }; expected: { name: string } }) {
  const key = `${scan.id} ${expected.name}`;
  executed.set(key, [...(executed.get(key) ?? []), performance.now()]);
  return atOnce(Number(expected.name.split("-")[1]) % FAILS_EVERY === 0 ? "crashed" : "completed");
}

async function startWorker(workerId: string, byDigest: WorkerDeps["plugins"]["byDigest"]): Promise<void> {
  const connection = { redisUrl: redis.url, prefix: redis.prefix };
  const own = createDatabase({ url: test.appUrl, applicationName: workerId, poolMax: 6 });
  const parts = {
    workerId,
    database: own,
    queue: createScanQueue(connection),
    budgets: createTargetBudgets(connection),
    bodies,
    preparer,
    logger: silentLogger(),
  };
  const deps = withoutSandbox(parts, { run: runAtOnce, byDigest });
  await registerWorker(own.sql, workerId, SLOTS);
  const advance = async ({ scanId }: { scanId: string }) => {
    await advanceScan(deps, scanId);
    await admit(deps);
    return null;
  };
  const consumer = createConsumer({
    ...connection,
    handlers: {
      "run-module": (job) => runModule(deps, job),
      "advance-scan": advance,
      "sweep-bodies": async () => null,
    },
    concurrency: { scan: 1, "module-run": SLOTS, maintenance: 1 },
  });
  await consumer.ready();
  closings.push(async () => {
    await consumer.close(5_000);
    await Promise.all([deps.queue.close(), deps.budgets.close(), own.close()]);
  });
}

async function startScan(number: number, runs: number): Promise<string> {
  const { targetId } = await seedTarget(database.sql, {
    baseUrl: `http://app-${number}.test/`,
    budget: { maxRuntimeSeconds: 86_400 },
  });
  const plugins = Array.from({ length: runs }, (_, index) => `plugin-${index}`);
  const { scanId } = await planScan(database, planSeed(targetId, { plugins }));
  await queue.enqueueAdvance(scanId);
  return scanId;
}

interface Ended {
  status: string;
  /** From the end of the last run to the scan's. */
  closedMs: number;
  modules: { total: number; ended: number };
  failed: number;
  /** Audit events of ends of runs. */
  ends: number;
}

async function endOf(scanId: string): Promise<Ended> {
  const [row] = await database.sql.query<Omit<Ended, "modules">>(
    `SELECT status, (SELECT extract(epoch FROM s.finished_at - max(finished_at)) * 1000 FROM module_run
                     WHERE scan_id = s.id)::int AS "closedMs",
            (SELECT count(*) FROM module_run WHERE scan_id = s.id AND status = 'failed' AND attempt = 1)::int AS failed,
            (SELECT count(*) FROM audit_event WHERE scan_id = s.id AND action = 'module.run')::int AS ends
     FROM scan s WHERE id = $1::uuid`,
    [scanId],
  );
  const scan = await findScan(database.sql, scanId);
  if (!row || !scan) throw new Error(`scan ${scanId} is not there`);
  return { ...row, modules: scan.modules };
}

async function areOver(scanIds: readonly string[]): Promise<boolean> {
  const open = await database.sql.query(
    "SELECT 1 FROM scan WHERE id = ANY ($1::uuid[]) AND finished_at IS NULL LIMIT 1",
    [scanIds],
  );
  return open.length === 0;
}

async function hasNoJobs(): Promise<boolean> {
  const depths = Object.values(await queue.depth());
  return depths.every((depth) => Object.values(depth).every((jobs) => jobs === 0));
}

/** Milliseconds between the runs of each quarter, in the order in which they were executed. */
function quarters(scanIds: readonly string[]): number[] {
  const times = [...executed]
    .filter(([key]) => scanIds.includes(key.split(" ")[0] ?? ""))
    .flatMap(([, at]) => at)
    .sort((a, b) => a - b);
  const timeAt = (part: number) => quantile(times, part);
  return [0, 1, 2, 3].map((number) => (4 * (timeAt((number + 1) / 4) - timeAt(number / 4))) / times.length);
}

describe.each([1, 20])(`%i scans of ${RUNS} module runs in all`, (scans) => {
  it(`run each once, and each closes within 5 s of its last, with a summary that a recount gives`, async () => {
    const runs = RUNS / scans;
    const scanIds: string[] = [];
    for (let number = 0; number < scans; number++) scanIds.push(await startScan(number, runs));
    const waiting = { timeoutMs: 3_600_000, intervalMs: 50, what: "the end of the scans" };
    await waitFor(() => areOver(scanIds), waiting);
    const ended = await Promise.all(scanIds.map(endOf));
    const perRunMs = quarters(scanIds).map((ms) => Math.round(ms * 100) / 100);
    const closedMs = Math.max(...ended.map((scan) => scan.closedMs));
    await reportChaos({ seed, scans, runs: RUNS, closedMs, perRunMs });
    const summary = { modules: { total: runs, ended: runs }, failed: runs / FAILS_EVERY, ends: runs };
    expect(ended).toEqual(
      scanIds.map(() => ({ status: "partially_succeeded", closedMs: expect.any(Number), ...summary })),
    );
    expect([...executed].filter(([, times]) => times.length !== 1)).toEqual([]);
    expect(executed.size).toBeGreaterThanOrEqual(RUNS);
    expect(closedMs).toBeLessThan(CLOSES_MS);
    if (isLong) expect(Math.max(...perRunMs) / Math.min(...perRunMs)).toBeLessThan(STEADY);
    await waitFor(hasNoJobs, { timeoutMs: 10_000, what: "the end of the jobs" });
  }, 3_600_000);
});

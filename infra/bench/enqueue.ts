import { type Database, planScan, registerReleases, registerWorker } from "@picket/db";
import { releaseSeed, seedTarget } from "@picket/db/testing";
import { silentLogger } from "@picket/logging";
import { createScanQueue, createTargetBudgets, type ScanQueue, type TargetBudgets } from "@picket/queue";
import { startPrivateRedis } from "@picket/testing";
import { Redis } from "ioredis";
import { admit } from "../../apps/worker/src/scan/admit.ts";
import { advanceScan } from "../../apps/worker/src/scan/advance-scan.ts";
import { atMost, type BenchRow, flags, median, runIfMain } from "./bench-row.ts";
import { onPrivatePostgres, seconds } from "./measure.ts";

/**
 * P10: a scan of 10,000 module runs is planned, taken to its first stage and, in a fleet that has a slot for each, put
 * into the queue. Putting it there, admission included, is held against BullMQ's own `addBulk` of the same jobs.
 *
 *     node infra/bench/enqueue.ts [--quick]
 */

const RUNS = flags.quick ? 1_000 : 10_000;
const ROUNDS = 3;
const BULK = 500;
const SECONDS_BAR = 3;
const RATIO_BAR = 2;
/** A command that keeps others from Redis for longer is slow, µs. */
const SLOW_US = 50_000;

/** Seconds. */
interface Round {
  planning: number;
  opening: number;
  enqueueing: number;
  /** Of `addBulk`, for the same jobs. */
  bulk: number;
}

/** A fleet of which three quarters are enough for one target's runs; each round sees a sign of life from it. */
async function seedFleet({ sql }: Database): Promise<void> {
  const names = Array.from({ length: RUNS }, (_, index) => `plugin-${index}`);
  const releases = names.map((name) => releaseSeed({ name, stage: "discover" }));
  await registerReleases(sql, releases);
  await registerWorker(sql, "bench", RUNS * 2);
}

async function plan(database: Database, targetId: string): Promise<string> {
  const { scanId } = await planScan(database, {
    targetId,
    profile: "standard",
    mode: "interactive",
    requestedBy: "token:bench",
    engineVersion: "0.1.0",
  });
  return scanId;
}

async function addRaw(queue: ScanQueue, moduleRunIds: readonly string[]): Promise<void> {
  const raw = queue.queues().find(({ name }) => name === "module-run");
  const jobs = moduleRunIds.map((moduleRunId) => ({
    name: "run-module",
    data: { moduleRunId, attempt: 1 },
    opts: { jobId: `run-${moduleRunId}-1`, priority: 2 },
  }));
  for (let from = 0; from < jobs.length; from += BULK) await raw?.addBulk(jobs.slice(from, from + BULK));
}

async function assertWaiting(queue: ScanQueue): Promise<void> {
  const { waiting } = (await queue.depth())["module-run"];
  if (waiting !== RUNS) throw new Error(`${waiting} of ${RUNS} runs are in the queue`);
}

/** Ends the scan's runs, so that the next round has the fleet to itself, and names them. */
async function endRuns({ sql }: Database, scanId: string): Promise<string[]> {
  const runs = await sql.query<{ id: string }>(
    `UPDATE module_run SET status = 'cancelled', reason = 'measured', admitted_at = NULL, finished_at = now()
     WHERE scan_id = $1::uuid RETURNING id`,
    [scanId],
  );
  return runs.map(({ id }) => id);
}

async function measureOwn(database: Database, queue: ScanQueue, budgets: TargetBudgets) {
  const deps = { database, queue, budgets, logger: silentLogger(), workerId: "bench" };
  const { targetId } = await seedTarget(database.sql, { baseUrl: "http://app.test/" });
  let scanId = "";
  const planning = await seconds(async () => {
    scanId = await plan(database, targetId);
    await queue.enqueueAdvance(scanId);
  });
  const opening = await seconds(() => advanceScan(deps, scanId));
  const enqueueing = await seconds(() => admit(deps));
  await assertWaiting(queue);
  return { scanId, planning, opening, enqueueing };
}

async function measureRound(database: Database, redisUrl: string, round: number): Promise<Round> {
  const connection = { redisUrl, prefix: `{own-${round}}` };
  const [own, budgets] = [createScanQueue(connection), createTargetBudgets(connection)];
  const raw = createScanQueue({ redisUrl, prefix: `{raw-${round}}` });
  try {
    await seedFleet(database);
    const { scanId, ...took } = await measureOwn(database, own, budgets);
    const moduleRunIds = await endRuns(database, scanId);
    const bulk = await seconds(() => addRaw(raw, moduleRunIds));
    await assertWaiting(raw);
    return { ...took, bulk };
  } finally {
    await Promise.all([own.close(), raw.close(), budgets.close()]);
  }
}

async function measure(database: Database, redisUrl: string): Promise<Round[]> {
  const rounds: Round[] = [];
  for (let round = 0; round < ROUNDS; round++) rounds.push(await measureRound(database, redisUrl, round));
  return rounds;
}

/** How many commands kept Redis from others for too long while `work` ran. */
async function slowCommands(redisUrl: string, work: () => Promise<unknown>): Promise<number> {
  const redis = new Redis(redisUrl);
  try {
    await redis.config("SET", "slowlog-log-slower-than", SLOW_US);
    await work();
    return Number(await redis.slowlog("LEN"));
  } finally {
    redis.disconnect();
  }
}

function rowsOf(rounds: readonly Round[], slow: number): BenchRow[] {
  const middle = (figure: (round: Round) => number) => median(rounds.map(figure));
  const ratio = middle(({ enqueueing, bulk }) => enqueueing / bulk);
  const jobs = `${RUNS} module runs`;
  return [
    atMost({
      id: "P10",
      what: `a scan of ${jobs}: planned and enqueued`,
      figure: middle(({ planning, opening, enqueueing }) => planning + opening + enqueueing),
      unit: " s",
      atMost: SECONDS_BAR,
    }),
    {
      id: "P10",
      what: `${jobs} admitted and enqueued`,
      figure: `${middle(({ enqueueing }) => enqueueing).toFixed(2)} s`,
      against: `addBulk ${middle(({ bulk }) => bulk).toFixed(2)} s`,
      ratio: ratio.toFixed(2),
      bar: `<= ${RATIO_BAR}`,
      met: ratio <= RATIO_BAR,
    },
    atMost({
      id: "P10",
      what: `Redis commands of more than ${SLOW_US / 1_000} ms meanwhile`,
      figure: slow,
      unit: "",
      atMost: 0,
    }),
  ];
}

async function enqueueRows(): Promise<BenchRow[]> {
  const redis = await startPrivateRedis();
  try {
    return await onPrivatePostgres(async ({ database }) => {
      let rounds: Round[] = [];
      const slow = await slowCommands(redis.url, async () => {
        rounds = await measure(database, redis.url);
      });
      console.table(rounds);
      return rowsOf(rounds, slow);
    });
  } finally {
    await redis.stop();
  }
}

await runIfMain(import.meta.url, enqueueRows);

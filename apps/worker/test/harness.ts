import { mkdtemp, readFile, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join, resolve } from "node:path";
import { setTimeout as sleep } from "node:timers/promises";
import type { ScanStatus } from "@picket/core";
import { createDatabase, type Database, planScan, type ScanPlan } from "@picket/db";
import { planSeed, seedTarget, type TargetSeed } from "@picket/db/testing";
import { type Supervised, supervise, WORKER_FLAGS } from "@picket/infra/services";
import { createScanQueue, type ScanQueue } from "@picket/queue";
import { createTestDatabase, startPrivateRedis, type TestDatabase, waitFor } from "@picket/testing";

const WORKER_COMMAND = [...WORKER_FLAGS, resolve(import.meta.dirname, "../src/main.ts")];
const CALLBACK_MAIN = resolve(import.meta.dirname, "../../callback/src/main.ts");
const API_MAIN = resolve(import.meta.dirname, "../../api/src/main.ts");
/** Plugins made for these tests. */
export const FIXTURES = resolve(import.meta.dirname, "fixtures");

/** The environment of a process whose clock is wrong by so many hours. */
export function wrongClock(hours: number): Record<string, string> {
  const preload = resolve(import.meta.dirname, "preloads/skewed-clock.mjs");
  return { NODE_OPTIONS: `--import ${preload}`, CLOCK_SKEW_MS: String(hours * 3_600_000) };
}

export interface PlatformProcess {
  /** Ends it as a machine that loses power would. */
  kill(): Promise<void>;
  signal(signal: "SIGSTOP" | "SIGCONT"): void;
  /** SIGTERM; resolves with the exit code. */
  stop(): Promise<number>;
  log(): Promise<string>;
}

export interface Platform {
  database: Database;
  queue: ScanQueue;
  redisUrl: string;
  /** Ends Redis and starts it anew after `awayMs`, empty: what it held is gone. */
  loseRedis(awayMs: number): Promise<void>;
  /** Starts a worker process; resolves when it takes jobs. */
  startWorker(env?: Record<string, string>): Promise<PlatformProcess>;
  /** Starts an API process on a free port; resolves when it listens. */
  startApi(env?: Record<string, string>): Promise<PlatformProcess>;
  /** Starts a callback listener; resolves when it listens. */
  startCallbacks(env: Record<string, string>): Promise<PlatformProcess>;
  /** As `startWorker`, for one that is to fail: resolves with its exit code and what it wrote. */
  startFailing(env: Record<string, string>): Promise<{ code: number; log: string }>;
  target(seed: TargetSeed): Promise<string>;
  startScan(targetId: string, plan?: Partial<ScanPlan>): Promise<string>;
  /** Resolves with how the scan ended. */
  scanEnd(scanId: string, timeoutMs?: number): Promise<ScanStatus>;
  rows<Row extends object>(text: string, ...values: unknown[]): Promise<Row[]>;
  close(): Promise<void>;
}

export interface PlatformOptions {
  /** Default: a new one on the shared server. It is dropped at the end. */
  database?: TestDatabase;
  /** For all processes. */
  env?: Record<string, string>;
}

/** A database, a Redis and a body store of their own, and worker processes on them. */
export async function createPlatform(options: PlatformOptions = {}): Promise<Platform> {
  const [testDatabase, firstRedis, dir] = await Promise.all([
    options.database ?? createTestDatabase(),
    startPrivateRedis(),
    mkdtemp(join(tmpdir(), "picket-worker-test-")),
  ]);
  let redis = firstRedis;
  const database = createDatabase({ url: testDatabase.appUrl, applicationName: "test" });
  const queue = createScanQueue({ redisUrl: redis.url, prefix: "{test}" });
  const processes = new Set<Supervised>();
  const environment = {
    DATABASE_URL: testDatabase.appUrl,
    REDIS_URL: redis.url,
    QUEUE_PREFIX: "{test}",
    STORAGE_DIR: join(dir, "bodies"),
    PLUGIN_CACHE_DIR: join(dir, "plugin-cache"),
    ISOLATION_MINIMUM: "permission",
    SWEEP_INTERVAL_MS: "1000",
    BREAKER_OPEN_MS: "5000",
    ...options.env,
  };

  function spawn(
    env: Record<string, string>,
    args = WORKER_COMMAND,
  ): { process: Supervised; log: () => Promise<string> } {
    const logFile = join(dir, `process-${processes.size + 1}.log`);
    const { PATH = "" } = process.env;
    const supervised = supervise({
      command: process.execPath,
      args,
      env: { PATH, ...environment, ...env },
      logFile,
    });
    processes.add(supervised);
    return { process: supervised, log: () => readFile(logFile, "utf8") };
  }

  async function start(
    env: Record<string, string>,
    { args, ready }: { args: string[]; ready: string },
  ): Promise<PlatformProcess> {
    const { process: started, log } = spawn(env, args);
    await waitFor(
      async () => {
        started.assertRunning();
        return (await log()).includes(ready);
      },
      { timeoutMs: 60_000, what: "a process's start" },
    ).catch(async (error) => {
      throw new Error(await log(), { cause: error });
    });
    return {
      log,
      async kill() {
        process.kill(-started.pid, "SIGKILL");
        await started.exited;
      },
      signal: (signal) => void process.kill(-started.pid, signal),
      async stop() {
        await started.stop(40_000);
        return started.exited;
      },
    };
  }

  const rows: Platform["rows"] = (text, ...values) => database.sql.query(text, values);

  return {
    database,
    queue,
    redisUrl: redis.url,
    async loseRedis(awayMs) {
      await redis.stop();
      await sleep(awayMs);
      redis = await startPrivateRedis({ port: Number(new URL(redis.url).port) });
    },
    rows,
    startWorker: (env = {}) => start(env, { args: WORKER_COMMAND, ready: "worker ready" }),
    startApi: (env = {}) =>
      start(
        { PORT: "0", TOKEN_PEPPER: "test-pepper-test-pepper-test-pepper", ...env },
        { args: [API_MAIN], ready: "listening" },
      ),
    startCallbacks: (env) => start(env, { args: [CALLBACK_MAIN], ready: "callback listener ready" }),
    async startFailing(env) {
      const { process: worker, log } = spawn(env);
      const code = await worker.exited;
      return { code, log: await log() };
    },
    target: async (seed) => (await seedTarget(database.sql, seed)).targetId,
    async startScan(targetId, plan = {}) {
      const { scanId } = await planScan(database, planSeed(targetId, plan));
      // As in the API: while Redis is away, the sweeper wakes the scan.
      await queue.enqueueAdvance(scanId).catch(() => undefined);
      return scanId;
    },
    async scanEnd(scanId, timeoutMs = 60_000) {
      const isOver = async () => {
        const [scan] = await rows<{ status: ScanStatus }>(
          "SELECT status FROM scan WHERE id = $1::uuid AND finished_at IS NOT NULL",
          scanId,
        );
        return scan?.status;
      };
      return waitFor(isOver, { timeoutMs, intervalMs: 50, what: `the end of scan ${scanId}` });
    },
    async close() {
      await Promise.all([...processes].map((started) => started.stop()));
      await queue.close();
      await database.close();
      await Promise.all([testDatabase.drop(), redis.stop(), rm(dir, { recursive: true, force: true })]);
    },
  };
}

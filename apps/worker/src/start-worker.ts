import { randomBytes } from "node:crypto";
import { hostname } from "node:os";
import { type CallbackDesk, createCallbackDesk } from "@picket/callback";
import { platformEndpoints, resolveEndpoints, type WorkerConfig } from "@picket/config";
import { toError } from "@picket/core";
import {
  assertReady,
  createDatabase,
  createKeyRing,
  DUE_CHECK_MS,
  forgetMoves,
  RELEASE_HEARTBEAT_MS,
  registerReleases,
  registerWorker,
  startDue,
  storePaceChange,
  unregisterWorker,
} from "@picket/db";
import type { Logger } from "@picket/logging";
import {
  assertRedis,
  type Consumer,
  createConsumer,
  createHitStore,
  createScanQueue,
  createTargetBudgets,
  type PaceChange,
  type Repetition,
  repeat,
} from "@picket/queue";
import { createBodyPreparer, createStore } from "@picket/storage";
import { reassessFindings } from "./assess/assess-findings.ts";
import { createScanSessions } from "./auth/scan-sessions.ts";
import { keepExceptions } from "./maintenance/keep-exceptions.ts";
import { rekeyTargets } from "./maintenance/rekey-targets.ts";
import { sweep } from "./maintenance/sweep.ts";
import { sweepBodies } from "./maintenance/sweep-bodies.ts";
import { loadWorkerPlugins, releasesOf } from "./plugins/load-worker-plugins.ts";
import { admit } from "./scan/admit.ts";
import { advanceScan } from "./scan/advance-scan.ts";
import { runModule } from "./scan/run-module.ts";
import { createRunRegistry } from "./scan/run-registry.ts";
import { engineVersion } from "./version.ts";
import type { WorkerDeps } from "./worker-deps.ts";

export interface RunningWorker {
  /** Takes no more jobs, lets runs in hand finish for `graceMs`, gives the others back to be run elsewhere. */
  stop(graceMs: number): Promise<void>;
}

/** Scans that are advanced at the same time: short transactions, mostly waiting for Postgres. */
const ADVANCE_CONCURRENCY = 4;
/** After its grace, a run's process is killed and the run released within this time, ms. */
const RELEASE_MS = 5_000;
const BODY_SWEEP_CHECK_MS = 3_600_000;
/** Findings that rules before the present ones judged are looked for when a worker starts, and then once a day. */
const REASSESS_MS = 86_400_000;
/** How often moves that no walk through a list can ask for are deleted. */
const FORGET_MOVES_MS = 300_000;
/** Exceptions end by the clock; what is written down about it may come a minute later. */
const EXCEPTION_UPKEEP_MS = 60_000;

type Closing = () => Promise<unknown> | unknown;

/** Starts a worker once everything it needs can be used. Throws an AppError that says what cannot, and what to do. */
export async function startWorker(config: WorkerConfig, logger: Logger): Promise<RunningWorker> {
  const closings: Closing[] = [];
  const closeAll = async () => {
    for (const close of closings.splice(0).reverse()) await close();
  };
  try {
    const deps = await createDeps(config, logger, (close) => closings.push(close));
    return await listen(deps, config, closeAll);
  } catch (error) {
    await closeAll();
    throw error;
  }
}

async function createDeps(
  config: WorkerConfig,
  parentLogger: Logger,
  onClose: (close: Closing) => void,
): Promise<WorkerDeps> {
  const workerId = `${hostname()}-${process.pid}-${randomBytes(3).toString("hex")}`;
  const logger = parentLogger.child({ workerId });
  const warn = (message: string) => (error: Error) => logger.warn(message, { error });
  const database = createDatabase({
    url: config.databaseUrl,
    poolMax: config.databasePoolMax,
    applicationName: "picket-worker",
    onConnectionLost: warn("database connection lost"),
  });
  onClose(() => database.close());
  await assertReady(database);
  for (const warning of await assertRedis(config)) logger.warn("Redis not checked in full", { warning });
  const bodies = createStore(config.storage);
  onClose(() => bodies.close());
  await bodies.check();
  const preparer = createBodyPreparer();
  onClose(() => preparer.close());
  const platform = await resolveEndpoints(platformEndpoints(config));
  const plugins = await loadWorkerPlugins(config, logger);
  const connection = connectionOf(config, warn("Redis connection lost"));
  const queue = createScanQueue(connection);
  onClose(() => queue.close());
  const runs = createRunRegistry();
  const budgets = createTargetBudgets({
    ...connection,
    breakerOpenMs: config.breakerOpenMs,
    onScanStopped: (scanId) => runs.stopScan(scanId, "cancelled"),
    onPaceChange: (change) => notePace({ database, logger }, change),
  });
  onClose(() => budgets.close());
  const { leaseMs, redactEmails, redactCards, redactionKey } = config;
  return {
    workerId,
    database,
    queue,
    budgets,
    bodies,
    preparer,
    plugins,
    runs,
    sessions: createScanSessions({ sql: database.sql, ring: createKeyRing(config.secretKeys) }),
    callbacks: createCallbacks(config, warn("Redis connection of callbacks lost"), onClose),
    logger,
    settings: {
      leaseMs,
      redaction: { emails: redactEmails, cards: redactCards, key: redactionKey },
      platform,
      userAgent: `Picket/${engineVersion()}`,
      requestMark: { name: config.scanRequestHeader, value: config.scanRequestMarker },
    },
  };
}

/** Off when no listener is set up. */
function createCallbacks(
  config: WorkerConfig,
  onConnectionError: (error: Error) => void,
  onClose: (close: Closing) => void,
): CallbackDesk {
  const { callbackKey: key, callbackUrl: url, callbackZone: zone = null } = config;
  if (key === undefined || url === undefined) return createCallbackDesk(null);
  const store = createHitStore(connectionOf(config, onConnectionError));
  onClose(() => store.close());
  return createCallbackDesk({ key, url, zone, store });
}

function notePace({ database, logger }: Pick<WorkerDeps, "database" | "logger">, change: PaceChange): void {
  logger.info("target's pace changed", { ...change });
  storePaceChange(database.sql, change).catch((thrown: unknown) =>
    logger.warn("change of a target's pace not stored", { error: toError(thrown) }),
  );
}

function connectionOf({ redisUrl, queuePrefix }: WorkerConfig, onConnectionError: (error: Error) => void) {
  return { redisUrl, prefix: queuePrefix, onConnectionError };
}

async function listen(
  deps: WorkerDeps,
  config: WorkerConfig,
  closeAll: () => Promise<void>,
): Promise<RunningWorker> {
  await rekeyTargets(deps);
  await register(deps, config);
  const consumer = createWorkerConsumer(deps, config);
  await consumer.ready();
  const repetitions = startRepetitions(deps, config);
  const { isolationLevel, byDigest } = deps.plugins;
  const names = [...byDigest.values()].map(({ manifest }) => `${manifest.name} ${manifest.version}`);
  deps.logger.info("worker ready", { isolationLevel, plugins: names, concurrency: config.workerConcurrency });
  return {
    async stop(graceMs) {
      deps.runs.close();
      await Promise.all(repetitions.map((repetition) => repetition.stop()));
      await unregisterWorker(deps.database.sql, deps.workerId).catch(failed(deps, "worker not signed off"));
      const timer = setTimeout(() => deps.runs.stopAll("shutdown"), graceMs);
      await consumer.close(graceMs + RELEASE_MS);
      clearTimeout(timer);
      await closeAll();
      deps.logger.info("worker stopped");
    },
  };
}

/** Says that this worker is there, what it offers and how much it can do. */
async function register({ database, plugins, workerId }: WorkerDeps, config: WorkerConfig): Promise<void> {
  await registerReleases(database.sql, releasesOf(plugins));
  await registerWorker(database.sql, workerId, config.workerConcurrency);
}

function createWorkerConsumer(deps: WorkerDeps, config: WorkerConfig): Consumer {
  const { logger } = deps;
  const done = async (work: Promise<void>) => {
    await work;
    return null;
  };
  return createConsumer({
    ...connectionOf(config, (error) => logger.warn("Redis connection lost", { error })),
    handlers: {
      "advance-scan": ({ scanId }) => done(advanceScan(deps, scanId).then(() => admit(deps))),
      "run-module": (job) => runModule(deps, job),
      "sweep-bodies": () => done(sweepBodies(deps)),
    },
    concurrency: { scan: ADVANCE_CONCURRENCY, "module-run": config.workerConcurrency, maintenance: 1 },
    onJobFailed: ({ isFinal, ...failure }) =>
      logger[isFinal ? "error" : "warn"](
        isFinal ? "job failed for good" : "job failed, will be tried again",
        failure,
      ),
    onStuck: (queue) => logger.warn("queue took no jobs although some wait, connected anew", { queue }),
  });
}

async function reassess({ database, logger }: WorkerDeps): Promise<void> {
  const count = await reassessFindings(database);
  if (count > 0) logger.info("findings judged by the present rules", { count });
}

function startAllDue({ database, queue, logger }: WorkerDeps): Promise<void> {
  return startDue(database, {
    engineVersion: engineVersion(),
    wake: (scanId) => queue.enqueueAdvance(scanId),
    onError: (what, error) => logger.warn("what is due was not started or not enqueued", { ...what, error }),
  });
}

function failed({ logger }: WorkerDeps, message: string) {
  return (error: Error) => logger.warn(message, { error });
}

function startRepetitions(deps: WorkerDeps, config: WorkerConfig): Repetition[] {
  const today = () => new Date().toISOString().slice(0, 10);
  return [
    repeat(() => startAllDue(deps), {
      pauseMs: DUE_CHECK_MS,
      onError: failed(deps, "nothing that is due started"),
    }),
    repeat(() => sweep(deps), { pauseMs: config.sweepIntervalMs, onError: failed(deps, "sweep failed") }),
    repeat(() => keepExceptions(deps), {
      pauseMs: EXCEPTION_UPKEEP_MS,
      onError: failed(deps, "exceptions not kept up to date"),
    }),
    repeat(() => register(deps, config), {
      pauseMs: RELEASE_HEARTBEAT_MS,
      onError: failed(deps, "plugins not registered"),
    }),
    repeat(() => reassess(deps), { pauseMs: REASSESS_MS, onError: failed(deps, "findings not judged anew") }),
    repeat(async () => void (await forgetMoves(deps.database.sql)), {
      pauseMs: FORGET_MOVES_MS,
      onError: failed(deps, "moves of findings not forgotten"),
    }),
    repeat(() => deps.queue.enqueueBodySweep(today()), {
      pauseMs: BODY_SWEEP_CHECK_MS,
      onError: failed(deps, "sweep of stored bodies not enqueued"),
    }),
  ];
}

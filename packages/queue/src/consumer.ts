import { setTimeout as sleep } from "node:timers/promises";
import { toError } from "@picket/core";
import { DelayedError, type Job, Queue, UnrecoverableError, Worker } from "bullmq";
import { JOBS, type JobName, type JobPayload, QUEUES, type QueueName } from "./jobs.ts";
import { closed, connect, type QueueConnection, quiet } from "./redis.ts";

/** What a handler says of a job that should be tried again after this pause; it costs the job no attempt. */
export interface Later {
  retryInMs: number;
}

/** One handler for each job of the catalogue; null: done. Every one is safe to run twice, at once or one after the other. */
export type JobHandlers = {
  [Name in JobName]: (payload: JobPayload<Name>) => Promise<Later | null>;
};

export interface ConsumerOptions extends QueueConnection {
  handlers: JobHandlers;
  /** Jobs handled at the same time. */
  concurrency: Record<QueueName, number>;
  /** Told of a job whose handler threw; `isFinal` when it will not be tried again. */
  onJobFailed?: (failure: { name: string; payload: unknown; error: Error; isFinal: boolean }) => void;
  /** Told that a queue had waiting jobs and free hands but took none, so its connection was made anew. */
  onStuck?: (queue: QueueName) => void;
  /** How long that may last, ms. Default 30_000. */
  stuckAfterMs?: number;
}

export interface Consumer {
  /** Resolves when all queues are being listened to. */
  ready(): Promise<void>;
  /** Takes no more jobs and waits for those in hand, at most `graceMs`; what is left then stalls and is taken over. */
  close(graceMs: number): Promise<void>;
}

/** Dead workers' jobs are taken over after a lock's age plus one check: 20 s. Leases in Postgres are faster. */
const LOCK_MS = 15_000;
const STALLED_CHECK_MS = 5_000;
const MAX_STALLED = 5;
const STUCK_AFTER_MS = 30_000;
const CLOSE_CHECK_MS = 20;

export function createConsumer(options: ConsumerOptions): Consumer {
  const onConnectionError = quiet(options.onConnectionError);
  const redis = connect({ ...options, onConnectionError }, { maxRetriesPerRequest: null });
  const listeners = QUEUES.map((name) => createListener(name, { ...options, onConnectionError, redis }));
  return {
    async ready() {
      await Promise.all(listeners.map((listener) => listener.ready()));
    },
    async close(graceMs) {
      await Promise.all(listeners.map((listener) => listener.close(graceMs)));
      redis.disconnect();
    },
  };
}

interface ListenerOptions extends ConsumerOptions {
  onConnectionError: (error: Error) => void;
  redis: ReturnType<typeof connect>;
}

interface Listener {
  ready(): Promise<unknown>;
  close(graceMs: number): Promise<void>;
}

/**
 * A worker of BullMQ that is replaced when it is stuck: after some broken connections it never takes a job again
 * (taskforcesh/bullmq issues 648, 1658, 4151).
 */
function createListener(name: QueueName, options: ListenerOptions): Listener {
  const { redis, prefix, stuckAfterMs = STUCK_AFTER_MS } = options;
  const queue = new Queue(name, { connection: redis, prefix });
  queue.on("error", options.onConnectionError);
  const hands = { busy: 0, lastTaken: performance.now() };
  let worker = createWorker(name, options, hands);

  async function replaceIfStuck(): Promise<void> {
    const isIdle = performance.now() - hands.lastTaken > stuckAfterMs;
    if (!isIdle || hands.busy >= options.concurrency[name]) return;
    const waiting = await queue.getJobCountByTypes("waiting", "prioritized");
    if (waiting === 0) return;
    const stuck = worker;
    hands.lastTaken = performance.now();
    worker = createWorker(name, options, hands);
    options.onStuck?.(name);
    await stuck.close();
  }

  const watch = setInterval(() => {
    replaceIfStuck().catch((error: unknown) => options.onConnectionError(toError(error)));
  }, stuckAfterMs / 3);

  return {
    ready: () => worker.waitUntilReady(),
    async close(graceMs) {
      clearInterval(watch);
      await closeWithin(worker, hands, graceMs);
      await closed(queue.close());
    },
  };
}

function createWorker(
  name: QueueName,
  options: ListenerOptions,
  hands: { busy: number; lastTaken: number },
): Worker {
  const handler = async (job: Job, token?: string) => {
    hands.busy += 1;
    hands.lastTaken = performance.now();
    try {
      await handle(job, token, options.handlers);
    } finally {
      hands.busy -= 1;
    }
  };
  const worker = new Worker(name, handler, {
    connection: options.redis,
    prefix: options.prefix,
    concurrency: options.concurrency[name],
    lockDuration: LOCK_MS,
    stalledInterval: STALLED_CHECK_MS,
    maxStalledCount: MAX_STALLED,
  });
  worker.on("error", options.onConnectionError);
  worker.on("failed", (job, error) => {
    const isFinal = !job || job.attemptsMade >= (job.opts.attempts ?? 1);
    options.onJobFailed?.({ name: job?.name ?? name, payload: job?.data, error, isFinal });
  });
  return worker;
}

async function handle(job: Job, token: string | undefined, handlers: JobHandlers): Promise<void> {
  const later = await dispatch(job, handlers);
  if (!later) return;
  await job.moveToDelayed(Date.now() + later.retryInMs, token);
  throw new DelayedError();
}

/** What is no job of the catalogue stays that however often it is tried. */
async function dispatch({ name, data }: Job, handlers: JobHandlers): Promise<Later | null> {
  if (!Object.hasOwn(JOBS, name)) throw new UnrecoverableError(`there is no job ${name}`);
  const jobName = name as JobName;
  const payload = JOBS[jobName].schema.safeParse(data);
  if (!payload.success)
    throw new UnrecoverableError(`${name} with a wrong payload: ${payload.error.message}`);
  return (handlers[jobName] as (payload: unknown) => Promise<Later | null>)(payload.data);
}

/** Without force, BullMQ would wait for the jobs in hand for ever. */
async function closeWithin(worker: Worker, hands: { busy: number }, graceMs: number): Promise<void> {
  await worker.pause(true);
  const deadline = performance.now() + graceMs;
  while (hands.busy > 0 && performance.now() < deadline) await sleep(CLOSE_CHECK_MS);
  await closed(worker.close(hands.busy > 0));
}

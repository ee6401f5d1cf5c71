import { MODE_PRIORITY, type ScanMode } from "@picket/core";
import { type JobsOptions, Queue } from "bullmq";
import { publishStops } from "./budget/scan-stop.ts";
import { JOBS, type JobName, type JobPayload, QUEUES, type QueueName } from "./jobs.ts";
import { closed, connect, type QueueConnection, queueUnavailable, quiet, withinTime } from "./redis.ts";

/** Jobs of one queue by state. */
export type QueueDepth = Record<"waiting" | "active" | "delayed" | "failed", number>;

export interface QueuedRun {
  job: JobPayload<"run-module">;
  mode: ScanMode;
}

/** Every method rejects with QUEUE_UNAVAILABLE, at once or within 2 s, when Redis is away: nothing waits for it. */
export interface ScanQueue {
  /** Wakes a scan up: after it was planned, and after its cancellation was asked for. */
  enqueueAdvance(scanId: string): Promise<void>;
  /**
   * `attempt`: the number the run would start with. What is already in the queue is not added again. Jobs of a recheck
   * are taken first, those of scheduled scans last. When it rejects, some may be in the queue.
   */
  enqueueModuleRuns(runs: readonly QueuedRun[]): Promise<void>;
  /** Ends the scans' requests in all workers at once, without a job: no worker has to be free for it. */
  stopScans(scanIds: readonly string[]): Promise<void>;
  enqueueBodySweep(day: string): Promise<void>;
  /** For Bull Board. */
  queues(): Queue[];
  ping(): Promise<void>;
  depth(): Promise<Record<QueueName, QueueDepth>>;
  close(): Promise<void>;
}

const CALL_TIMEOUT_MS = 2_000;
/** Jobs that are sent to Redis at once, each a command of its own: none keeps others from Redis for long. */
const BULK = 500;
const STATES = ["waiting", "active", "delayed", "failed"] as const;
/** Jobs with a priority wait in a list of their own. */
const COUNTED = [...STATES, "prioritized"] as const;

export function createScanQueue(connection: QueueConnection): ScanQueue {
  const onConnectionError = quiet(connection.onConnectionError);
  const redis = connect(
    { ...connection, onConnectionError },
    { enableOfflineQueue: false, maxRetriesPerRequest: 1 },
  );
  const queues = QUEUES.map((name) => new Queue(name, { connection: redis, prefix: connection.prefix }));
  for (const queue of queues) queue.on("error", onConnectionError);

  /** BullMQ would wait for a connection that is away. */
  async function call<Value>(name: QueueName, action: (queue: Queue) => Promise<Value>): Promise<Value> {
    const queue = queues[QUEUES.indexOf(name)];
    if (!queue || !["connecting", "connect", "ready"].includes(redis.status)) {
      throw queueUnavailable(new Error(`the connection is in state ${redis.status}`));
    }
    return withinTime(
      queue.waitUntilReady().then(() => action(queue)),
      CALL_TIMEOUT_MS,
    );
  }

  async function add<Name extends JobName>(name: Name, payload: JobPayload<Name>): Promise<void> {
    const data = JOBS[name].schema.parse(payload);
    await call(JOBS[name].queue, (queue) => queue.add(name, data, jobOptions(name, payload)));
  }

  return {
    enqueueAdvance: (scanId) => add("advance-scan", { scanId }),
    async enqueueModuleRuns(runs) {
      const { queue: name, schema } = JOBS["run-module"];
      const jobs = runs.map(({ job, mode }) => ({
        name: "run-module",
        data: schema.parse(job),
        opts: { ...jobOptions("run-module", job), priority: MODE_PRIORITY[mode] },
      }));
      for (let from = 0; from < jobs.length; from += BULK)
        await call(name, (queue) => queue.addBulk(jobs.slice(from, from + BULK)));
    },
    async stopScans(scanIds) {
      await call("scan", () => publishStops(redis, connection.prefix, scanIds));
    },
    enqueueBodySweep: (day) => add("sweep-bodies", { day }),
    queues: () => queues,
    async ping() {
      await call("scan", () => redis.ping());
    },
    async depth() {
      const counts = QUEUES.map(async (name) => {
        const jobs = await call(name, (queue) => queue.getJobCounts(...COUNTED));
        const depth = Object.fromEntries(STATES.map((state) => [state, jobs[state] ?? 0]));
        return [name, { ...depth, waiting: (jobs.waiting ?? 0) + (jobs.prioritized ?? 0) }];
      });
      return Object.fromEntries(await Promise.all(counts));
    },
    async close() {
      await closed(Promise.all(queues.map((queue) => queue.close())));
      redis.disconnect();
    },
  };
}

function jobOptions<Name extends JobName>(name: Name, payload: JobPayload<Name>): JobsOptions {
  const { attempts, backoffMs, keep, jobId } = JOBS[name];
  const id = (jobId as (payload: JobPayload<Name>) => string | null)(payload);
  return {
    ...(id === null ? {} : { jobId: id }),
    attempts,
    backoff: { type: "exponential", delay: backoffMs, jitter: 0.5 },
    removeOnComplete: { count: keep.completed },
    removeOnFail: { count: keep.failed },
  };
}

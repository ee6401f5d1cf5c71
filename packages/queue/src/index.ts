export { assertRedis } from "./assert-redis.ts";
export {
  createTargetBudgets,
  type PaceChange,
  type ScanBudget,
  type TargetBudgets,
} from "./budget/target-budgets.ts";
export {
  type Consumer,
  type ConsumerOptions,
  createConsumer,
  type JobHandlers,
  type Later,
} from "./consumer.ts";
export { createHitStore, type RedisHitStore } from "./hit-store.ts";
export type { JobName, JobPayload, QueueName } from "./jobs.ts";
export type { QueueConnection } from "./redis.ts";
export { type Repetition, repeat } from "./repeat.ts";
export { createScanQueue, type QueueDepth, type QueuedRun, type ScanQueue } from "./scan-queue.ts";

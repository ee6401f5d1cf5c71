export { freePort } from "@picket/infra/services";
export { type Fault, type FaultProxy, startFaultProxy } from "./fault-proxy.ts";
export { assertNoLeakedProcesses } from "./leaked-processes.ts";
export { mostIn } from "./most-in.ts";
export { createTestBucket, type TestBucket } from "./test-bucket.ts";
export { createTestDatabase, type TestDatabase } from "./test-database.ts";
export {
  countRedisKeys,
  createTestRedis,
  flushRedis,
  redisText,
  stalledJobs,
  startPrivateRedis,
  type TestRedis,
} from "./test-redis.ts";
export { type WaitOptions, waitFor } from "./wait-for.ts";

export { freePort } from "./ports.ts";
export { type PostgresOptions, type PostgresService, startPostgres } from "./postgres.ts";
export { commandOf, type RunningProcess, runningProcesses } from "./processes.ts";
export { type RedisOptions, type RedisService, startRedis } from "./redis.ts";
export { type S3Service, startS3 } from "./s3.ts";
export { type Supervised, type SuperviseOptions, supervise } from "./supervise.ts";
export { ensureSystemTools, findOnPath } from "./system-tools.ts";
export { until } from "./until.ts";
export { WORKER_FLAGS } from "./worker-flags.ts";

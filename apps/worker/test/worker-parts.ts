import { createDatabase } from "@picket/db";
import { silentLogger } from "@picket/logging";
import { createScanQueue, createTargetBudgets } from "@picket/queue";
import { createTestDatabase, createTestRedis } from "@picket/testing";
import type { WorkerDeps } from "../src/worker-deps.ts";

export interface WorkerParts
  extends Pick<WorkerDeps, "database" | "queue" | "budgets" | "logger" | "workerId"> {
  close(): Promise<void>;
}

/** What a worker takes scans further with, on a database and Redis keys of its own. */
export async function createWorkerParts(): Promise<WorkerParts> {
  const [test, redis] = await Promise.all([createTestDatabase(), createTestRedis()]);
  const database = createDatabase({ url: test.appUrl, applicationName: "test" });
  const connection = { redisUrl: redis.url, prefix: redis.prefix };
  const [queue, budgets] = [createScanQueue(connection), createTargetBudgets(connection)];
  return {
    database,
    queue,
    budgets,
    logger: silentLogger(),
    workerId: "test",
    async close() {
      await Promise.all([queue.close(), budgets.close(), database.close()]);
      await Promise.all([test.drop(), redis.close()]);
    },
  };
}

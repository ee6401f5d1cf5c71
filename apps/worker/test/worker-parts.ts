import { createCallbackDesk } from "@picket/callback";
import type { ExitReason } from "@picket/core";
import { createDatabase } from "@picket/db";
import { silentLogger } from "@picket/logging";
import type { ModuleRunResult, PluginRunner } from "@picket/plugin-runner";
import { createScanQueue, createTargetBudgets } from "@picket/queue";
import { createTestDatabase, createTestRedis } from "@picket/testing";
import { createRunRegistry } from "../src/scan/run-registry.ts";
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

/** All that runs modules, with something else in the sandbox's place. */
export function withoutSandbox(
  parts: Omit<WorkerDeps, "plugins" | "runs" | "sessions" | "callbacks" | "settings">,
  { run, byDigest }: { run: PluginRunner["run"]; byDigest: WorkerDeps["plugins"]["byDigest"] },
): WorkerDeps {
  const refuse = () => Promise.reject(new Error("nothing is loaded here"));
  return {
    ...parts,
    plugins: { runner: { describe: refuse, load: refuse, run }, isolationLevel: "sandbox", byDigest },
    runs: createRunRegistry(),
    sessions: { of: async () => ({ session: null, comparison: null }) },
    callbacks: createCallbackDesk(null),
    settings: {
      leaseMs: 60_000,
      redaction: { emails: true, cards: true, key: "k".repeat(32) },
      platform: [],
      userAgent: "Picket/test",
      requestMark: { name: "x-picket-scan", value: "{scan}" },
    },
  };
}

/** What a plugin leaves that does nothing. */
export function atOnce(reason: ExitReason): ModuleRunResult {
  return {
    ...(reason === "completed" ? { reason } : { reason, detail: "for this test" }),
    startedAt: new Date(),
    endedAt: new Date(),
    firstMessageMs: null,
    counters: {
      events: 0,
      batches: 0,
      stdoutBytes: 0,
      stderrBytes: 0,
      throttledMs: 0,
      httpRequests: 0,
      droppedLogLines: 0,
    },
    stderrTail: [],
  };
}

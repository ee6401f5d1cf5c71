import { spawn } from "node:child_process";
import { once } from "node:events";
import { tmpdir } from "node:os";
import { join } from "node:path";
import type { Environment } from "./test-api.ts";

const MAIN = join(import.meta.dirname, "../../../worker/src/main.ts");

export interface RunningWorker {
  stop(): Promise<void>;
}

/** A worker process on the same services as the API of this environment. */
export function startWorker(environment: Environment): RunningWorker {
  const env = {
    PATH: process.env.PATH ?? "",
    ...environment,
    PORT: "0",
    // Shared by all tests of a machine, so that plugins are bundled once.
    PLUGIN_CACHE_DIR: join(tmpdir(), "picket-test-plugin-cache"),
    ISOLATION_MINIMUM: "permission",
    SWEEP_INTERVAL_MS: "500",
    LOG_LEVEL: "error",
  };
  const child = spawn(process.execPath, [MAIN], { env, stdio: ["ignore", "ignore", "inherit"] });
  const exit = once(child, "exit");
  return {
    async stop() {
      child.kill("SIGTERM");
      await exit;
    },
  };
}

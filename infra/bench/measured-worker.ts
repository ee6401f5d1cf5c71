import { mkdtemp, readFile, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join, resolve } from "node:path";
import { pathToFileURL } from "node:url";
import { until } from "../services/index.ts";
import { startTestServices } from "../test/services.ts";
import type { ProbeReading } from "./loop-probe.ts";

type Platform = Awaited<ReturnType<typeof startPlatform>>;

export interface MeasuredWorker {
  platform: Platform;
  /** What the worker's event loop and memory were since the last reading. */
  read(): Promise<ProbeReading>;
  stop(): Promise<void>;
}

/** Private services, and one real worker process on them whose event loop and memory are watched. */
export async function startMeasuredWorker(env: Record<string, string>): Promise<MeasuredWorker> {
  const services = await startTestServices();
  Object.assign(process.env, services.environment);
  const dir = await mkdtemp(join(tmpdir(), "picket-bench-"));
  const file = join(dir, "probe.json");
  const probe = pathToFileURL(resolve(import.meta.dirname, "loop-probe.ts")).href;
  const platform = await startPlatform();
  await platform.startWorker({ NODE_OPTIONS: `--import ${probe}`, LOOP_PROBE_FILE: file, ...env });
  const { pid } = JSON.parse(await readFile(file, "utf8")) as ProbeReading;
  return {
    platform,
    async read() {
      await rm(file);
      process.kill(pid, "SIGUSR2");
      const text = await until(() => readFile(file, "utf8").then((found) => found || Promise.reject()), {
        guard: () => process.kill(pid, 0),
      });
      return JSON.parse(text) as ProbeReading;
    },
    async stop() {
      await platform.close();
      await services.stop();
      await rm(dir, { recursive: true, force: true });
    },
  };
}

/** It looks for the services in the environment, so it is loaded when they are there. */
async function startPlatform() {
  const { createPlatform } = await import("../../apps/worker/test/harness.ts");
  return createPlatform();
}

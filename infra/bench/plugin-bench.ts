import { chmod, mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import type { PluginLimits } from "@picket/core";
import {
  createPluginRunner,
  detectIsolation,
  type ModuleRunResult,
  type PluginPorts,
  type RunRequest,
} from "@picket/plugin-runner";

/** Runs plugins for benches, in the full sandbox. */
export interface PluginBench {
  /** A plugin of the repository, ready to be run again and again. */
  prepare(dir: string): Promise<PreparedPlugin>;
  close(): Promise<void>;
  folder: string;
}

export type PreparedPlugin = (options?: BenchRun) => Promise<ModuleRunResult>;

export interface BenchRun {
  /** Default: a target that cannot be asked. */
  baseUrl?: string;
  http?: PluginPorts["http"];
  events?: PluginPorts["events"];
  settings?: Record<string, unknown>;
  limits?: Partial<PluginLimits>;
}

const nothing = async () => ({ items: [], next: null });

const NO_LISTENER = { ok: false, reason: "off", detail: "a bench has no listener" } as const;

const PORTS: PluginPorts = {
  http: async () => ({ ok: false, reason: "cancelled", detail: "a bench makes no requests" }),
  tls: async () => ({ ok: false, reason: "cancelled", detail: "a bench makes no probes" }),
  callbacks: { probe: async () => NO_LISTENER, hits: async () => NO_LISTENER },
  session: {
    endpoints: nothing,
    known: nothing,
    components: nothing,
    fetches: nothing,
    body: async () => new Uint8Array(),
  },
  events: async () => undefined,
  log: () => undefined,
};

const scanOf = (baseUrl: string): RunRequest["scan"] => ({
  id: "bench",
  target: { id: "bench", baseUrl, environment: "test" },
  profile: "passive",
  startedAt: "2026-01-01T00:00:00.000Z",
  focus: null,
  identities: ["anonymous"],
  may: { submitForms: true, destroy: false },
});

async function createPluginBench(): Promise<PluginBench> {
  const folder = await mkdtemp(join(tmpdir(), "picket-bench-"));
  // The sandbox runs as another user.
  await chmod(folder, 0o755);
  const isolation = await detectIsolation({ cacheDir: folder, minimum: "sandbox" });
  const runner = createPluginRunner({ isolation, cacheDir: folder });
  return {
    folder,
    close: () => rm(folder, { recursive: true }),
    async prepare(dir) {
      const { manifest, codeDigest, bundlePath } = await runner.describe(dir);
      return ({ baseUrl = "http://127.0.0.1:1/", settings = {}, limits, ...ports } = {}) =>
        runner.run(
          {
            bundlePath,
            expected: { ...manifest, codeDigest },
            scan: scanOf(baseUrl),
            settings,
            capabilities: manifest.requiredCapabilities,
            storageMode: "none",
            limits: { ...manifest.limits, ...limits },
            deadline: Number.MAX_SAFE_INTEGER,
          },
          { ...PORTS, ...ports },
          new AbortController().signal,
        );
    },
  };
}

/** Gives `use` a bench that is closed when it is done. */
export async function withPluginBench<Result>(use: (bench: PluginBench) => Promise<Result>): Promise<Result> {
  const bench = await createPluginBench();
  try {
    return await use(bench);
  } finally {
    await bench.close();
  }
}

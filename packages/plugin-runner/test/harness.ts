import { chmod, mkdtemp, readdir, readFile, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import type { PluginEvent, PluginLimits } from "@picket/core";
import type { FetchRecord } from "@picket/plugin-sdk";
import type { LogLine } from "@picket/plugin-sdk/protocol";
import type { DescribedPlugin } from "../src/describe-plugin.ts";
import { detectIsolation, type Isolation } from "../src/isolation.ts";
import type { ModuleRunResult, PluginPorts } from "../src/plugin-ports.ts";
import { createPluginRunner, type PluginRunner } from "../src/plugin-runner.ts";

export const FIXTURES = join(import.meta.dirname, "fixtures");

/** A folder that every user may enter, as the sandbox runs as another one. */
export async function openFolder(): Promise<string> {
  const folder = await mkdtemp(join(tmpdir(), "picket-runner-"));
  await chmod(folder, 0o755);
  return folder;
}

export interface FixtureOptions {
  ports?: Partial<PluginPorts>;
  limits?: Partial<PluginLimits>;
  settings?: Record<string, unknown>;
  /** From now, ms. Default 20,000. */
  deadlineMs?: number;
  signal?: AbortSignal;
  /** Runs this instead of the fixture. */
  bundle?: DescribedPlugin;
}

export interface FixtureRun extends ModuleRunResult {
  seen: { events: PluginEvent[]; logs: LogLine[] };
}

export interface Harness {
  cacheDir: string;
  isolation: Isolation;
  runner: PluginRunner;
  /** Runs a fixture against a target that answers `hello` and a session with one page. */
  run(fixture: string, options?: FixtureOptions): Promise<FixtureRun>;
  /** Command lines of processes that still run a bundle of this harness. */
  leftovers(): Promise<string[]>;
  /** Rejects when some are still there after `withinMs`. */
  untilGone(withinMs: number): Promise<void>;
  close(): Promise<void>;
}

const SCAN = {
  id: "00000000-0000-7000-8000-00000000000a",
  target: {
    id: "00000000-0000-7000-8000-00000000000b",
    baseUrl: "http://app.test/",
    environment: "test",
  },
  profile: "standard",
  startedAt: "2026-01-01T00:00:00.000Z",
  focus: null,
  identities: ["anonymous"],
  may: { submitForms: true, destroy: false },
} as const;

const FETCH_ID = "00000000-0000-7000-8000-000000000001";

const PAGE: FetchRecord = {
  id: FETCH_ID,
  method: "GET",
  url: SCAN.target.baseUrl,
  status: 200,
  requestHeaders: [],
  responseHeaders: [["content-type", "text/html"]],
  contentType: "text/html",
  truncated: false,
  source: "broker",
};

/** What the target of every fixture answers. */
export const answerHello: PluginPorts["http"] = async ({ url }) => ({
  ok: true,
  fetchId: FETCH_ID,
  url,
  status: 200,
  headers: [],
  body: new TextEncoder().encode("hello"),
  truncated: false,
  elapsedMs: 1,
  via: [],
});

const NO_LISTENER = { ok: false, reason: "off", detail: "no callback listener is set up" } as const;

function recordingPorts(seen: FixtureRun["seen"]): PluginPorts {
  return {
    http: answerHello,
    tls: async () => ({ ok: false, reason: "tls_error", detail: "no TLS here" }),
    callbacks: { probe: async () => NO_LISTENER, hits: async () => NO_LISTENER },
    session: {
      endpoints: async () => ({ items: [], next: null }),
      components: async () => ({ items: [], next: null }),
      known: async () => ({ items: [], next: null }),
      fetches: async ({ cursor }) =>
        cursor === null ? { items: [PAGE], next: "1" } : { items: [PAGE], next: null },
      body: async () => new Uint8Array(200_000),
    },
    events: async (batch) => void seen.events.push(...batch),
    log: (line) => void seen.logs.push(line),
  };
}

/** Command lines of running processes that hold `text`. */
export async function processesWith(text: string): Promise<string[]> {
  const pids = (await readdir("/proc")).filter((name) => /^\d+$/.test(name));
  const lines = await Promise.all(
    pids.map((pid) => readFile(`/proc/${pid}/cmdline`, "utf8").catch(() => "")),
  );
  return lines.filter((line) => line.includes(text));
}

/** Rejects when `text` is still in a process' command line after `withinMs`. */
export async function untilNoProcessWith(text: string, withinMs: number): Promise<void> {
  const deadline = Date.now() + withinMs;
  for (;;) {
    const left = await processesWith(text);
    if (left.length === 0) return;
    if (Date.now() > deadline) throw new Error(`not gone within ${withinMs} ms: ${left.join("; ")}`);
    await new Promise((resolve) => setTimeout(resolve, 20));
  }
}

/** `change` may weaken the isolation that the machine gives. */
export async function createHarness(
  change: (isolation: Isolation) => Isolation = (same) => same,
): Promise<Harness> {
  const cacheDir = await openFolder();
  const isolation = change(await detectIsolation({ cacheDir, minimum: "sandbox" }));
  const runner = createPluginRunner({ isolation, cacheDir });
  return {
    cacheDir,
    isolation,
    runner,
    async run(fixture, options = {}) {
      const { manifest, codeDigest, bundlePath } =
        options.bundle ?? (await runner.describe(join(FIXTURES, fixture)));
      const seen: FixtureRun["seen"] = { events: [], logs: [] };
      const result = await runner.run(
        {
          bundlePath,
          expected: { ...manifest, codeDigest },
          scan: SCAN,
          settings: options.settings ?? {},
          capabilities: manifest.requiredCapabilities,
          storageMode: "sampled",
          limits: { ...manifest.limits, ...options.limits },
          deadline: Date.now() + (options.deadlineMs ?? 20_000),
        },
        { ...recordingPorts(seen), ...options.ports },
        options.signal ?? new AbortController().signal,
      );
      return { ...result, seen };
    },
    leftovers: () => processesWith(cacheDir),
    untilGone: (withinMs) => untilNoProcessWith(cacheDir, withinMs),
    close: () => rm(cacheDir, { recursive: true, force: true }),
  };
}

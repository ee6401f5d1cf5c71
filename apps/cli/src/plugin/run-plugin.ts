import { loadCliConfig } from "@picket/config";
import { AppError, type Capability, type PluginManifest, parseWebUrl } from "@picket/core";
import {
  createPluginRunner,
  detectIsolation,
  type Isolation,
  type ModuleRunResult,
  type PluginPorts,
  type RunRequest,
} from "@picket/plugin-runner";
import { printLine } from "../output.ts";
import { eventLines } from "./event-lines.ts";
import { startLocalScan } from "./local-scan.ts";

export interface RunFlags {
  url: string;
  set: Record<string, unknown>;
  capabilities?: Capability[];
  json?: true;
}

/** Everything but events goes to standard error, so that a program can read them. */
function note(text: string): void {
  process.stderr.write(`${text}\n`);
}

/** What the operator grants; without a word, what the plugin cannot do without. Throws INVALID_INPUT when it needs more. */
function capabilitiesFor(
  { name, requiredCapabilities, optionalCapabilities }: PluginManifest,
  given?: readonly Capability[],
): readonly Capability[] {
  const missing = requiredCapabilities.filter((capability) => given && !given.includes(capability));
  if (missing.length > 0)
    throw new AppError("INVALID_INPUT", `${name} needs ${missing.join(", ")}`, {
      hint: "Grant it with --capabilities, or leave the option out.",
    });
  return [...requiredCapabilities, ...optionalCapabilities.filter((one) => given?.includes(one))];
}

function outputPorts(json: boolean): Pick<PluginPorts, "events" | "log"> {
  return {
    async events(batch) {
      for (const event of batch) {
        if (json) printLine(JSON.stringify(event));
        else for (const line of eventLines(event)) printLine(line);
      }
    },
    log: ({ level, message, fields }) => {
      const facts = Object.entries(fields).map(([key, value]) => ` ${key}=${JSON.stringify(value)}`);
      note(`${level.padEnd(5)} ${message}${facts.join("")}`);
    },
  };
}

function printEnd(result: ModuleRunResult, { level }: Isolation, json: boolean): void {
  const { reason, detail, startedAt, endedAt, firstMessageMs, counters, stderrTail } = result;
  if (json) {
    printLine(JSON.stringify({ event: "end", ...result }));
    return;
  }
  for (const line of stderrTail) note(`stderr ${line}`);
  const seconds = ((endedAt.getTime() - startedAt.getTime()) / 1_000).toFixed(1);
  const start = firstMessageMs === null ? "it never spoke" : `first message after ${firstMessageMs} ms`;
  note(
    `${reason} in ${seconds} s: ${counters.events} events, ${counters.httpRequests} requests; ${start}, isolation ${level}`,
  );
  if (detail !== undefined) note(detail);
}

/** Aborted by Ctrl-C. */
function interruptSignal(): AbortSignal {
  const controller = new AbortController();
  process.once("SIGINT", () => controller.abort(new Error("interrupted")));
  return controller.signal;
}

/** Runs one plugin against a URL in the real sandbox. The exit code is 0 only when it completed. */
export async function runPluginOnce(dir: string, flags: RunFlags): Promise<void> {
  const { pluginCacheDir: cacheDir, isolationMinimum: minimum } = loadCliConfig();
  const base = parseWebUrl(flags.url);
  const signal = interruptSignal();
  const isolation = await detectIsolation({ cacheDir, minimum });
  for (const weakness of isolation.weaknesses) note(`warn  ${weakness}`);
  const runner = createPluginRunner({ isolation, cacheDir });
  const { manifest, codeDigest, bundlePath } = await runner.describe(dir);
  const capabilities = capabilitiesFor(manifest, flags.capabilities);
  const local = await startLocalScan({ base, plugin: manifest.name, capabilities, signal });
  const request: RunRequest = {
    bundlePath,
    expected: { ...manifest, codeDigest },
    scan: local.scan,
    settings: flags.set,
    capabilities,
    storageMode: "none",
    limits: manifest.limits,
    deadline: Date.now() + manifest.limits.timeoutMs,
  };
  const ports = {
    http: local.http,
    tls: local.tls,
    callbacks: local.callbacks,
    session: local.session,
    ...outputPorts(flags.json ?? false),
  };
  const result = await runner.run(request, ports, signal).finally(local.close);
  printEnd(result, isolation, flags.json ?? false);
  if (result.reason !== "completed") process.exitCode = 1;
}

import { type ChildProcess, fork } from "node:child_process";
import { once } from "node:events";
import { writeFile } from "node:fs/promises";
import { createRequire } from "node:module";
import { join } from "node:path";
import { pathToFileURL } from "node:url";
import { atMost, type BenchRow, flags, median, percentile, positionals, runIfMain } from "./bench-row.ts";
import { type PluginBench, withPluginBench } from "./plugin-bench.ts";

/**
 * From starting a plugin's process in the full sandbox to its first message, beside a bare `fork` and one that imports
 * zod and got, all in turn so that they share the machine's mood. Fails above the bar.
 *
 *     node infra/bench/plugin-start.ts [rounds]
 */

const P50_BAR_MS = 70;
const P95_BAR_MS = 120;
const SHARE_BAR = 0.35;
const ROOT = join(import.meta.dirname, "../..");
const rounds = Number(positionals[0] ?? (flags.quick ? 10 : 60));

async function forkToFirstMessage(file: string): Promise<number> {
  const startedAt = performance.now();
  const child: ChildProcess = fork(file, [], { env: {} });
  await once(child, "message");
  const tookMs = performance.now() - startedAt;
  child.kill("SIGKILL");
  await once(child, "exit");
  return tookMs;
}

/** ES modules that say that they are there, one with the libraries that a plugin would otherwise load. */
async function writeForks(folder: string): Promise<{ bare: string; heavy: string }> {
  const http = createRequire(join(ROOT, "packages/http/package.json"));
  const imports = ["zod", "got"].map((name) => `import "${pathToFileURL(http.resolve(name)).href}";\n`);
  const [bare, heavy] = [join(folder, "bare.mjs"), join(folder, "heavy.mjs")];
  await writeFile(bare, `process.send("here");`);
  await writeFile(heavy, `${imports.join("")}process.send("here");`);
  return { bare, heavy };
}

/** Milliseconds to the first message of a built-in plugin. */
async function preparePlugin(bench: PluginBench): Promise<() => Promise<number>> {
  const run = await bench.prepare(join(ROOT, "packages/plugins/security-headers"));
  return async () => {
    const { reason, detail, firstMessageMs } = await run();
    if (reason !== "completed" || firstMessageMs === null) throw new Error(`${reason}: ${detail}`);
    return firstMessageMs;
  };
}

async function measure(bench: PluginBench): Promise<BenchRow[]> {
  const { bare, heavy } = await writeForks(bench.folder);
  const kinds = {
    own: { start: await preparePlugin(bench), times: [] as number[] },
    bare: { start: () => forkToFirstMessage(bare), times: [] as number[] },
    heavy: { start: () => forkToFirstMessage(heavy), times: [] as number[] },
  };
  for (let round = 0; round < rounds; round++)
    for (const { start, times } of Object.values(kinds)) times.push(await start());
  const [p50, p95] = [median(kinds.own.times), percentile(kinds.own.times, 0.95)];
  const [bareP50, heavyP50] = [median(kinds.bare.times), median(kinds.heavy.times)];
  const against = `bare fork ${bareP50.toFixed(0)} ms`;
  return [
    atMost({ id: "P6", what: "plugin's start, p50", figure: p50, unit: " ms", atMost: P50_BAR_MS, against }),
    atMost({ id: "P6", what: "plugin's start, p95", figure: p95, unit: " ms", atMost: P95_BAR_MS }),
    {
      id: "P6",
      what: "plugin's start, p50",
      figure: `${p50.toFixed(0)} ms`,
      against: `fork with zod and got ${heavyP50.toFixed(0)} ms`,
      ratio: (p50 / heavyP50).toFixed(2),
      bar: `<= ${SHARE_BAR}x`,
      met: p50 / heavyP50 <= SHARE_BAR,
    },
  ];
}

await runIfMain(import.meta.url, () => withPluginBench(measure));

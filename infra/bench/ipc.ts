import { type ChildProcess, fork } from "node:child_process";
import { readFileSync } from "node:fs";
import { writeFile } from "node:fs/promises";
import { join } from "node:path";
import { atMost, type BenchRow, flags, positionals, runIfMain } from "./bench-row.ts";
import { type PluginBench, withPluginBench } from "./plugin-bench.ts";

/**
 * Events of 1 KB from a plugin in the full sandbox, batched, checked and paced by credits (P7), beside a fork that sends
 * the same batches with `process.send`, unchecked and unpaced. And the memory of the plugin's process, which floods.
 *
 *     node infra/bench/ipc.ts [events, at most 200000]
 */
const count = Number(positionals[0] ?? (flags.quick ? 20_000 : 150_000));
const FLOODS = join(import.meta.dirname, "../../packages/plugin-runner/test/fixtures/reports-kilobytes");

const MIN_PER_SECOND = 50_000;
const MAX_MIB = 96;

function childrenOf(pid: number): number[] {
  const children = readFileSync(`/proc/${pid}/task/${pid}/children`, "utf8")
    .split(" ")
    .filter(Boolean)
    .map(Number);
  return children.flatMap((child) => [child, ...childrenOf(child)]);
}

/** Most memory that any child of this process has had at once, MiB; from outside, as a sandbox has no /proc. */
function peakMib(): number {
  const peaks = childrenOf(process.pid).map((pid) => {
    try {
      return Number(/VmHWM:\s+(\d+)/.exec(readFileSync(`/proc/${pid}/status`, "utf8"))?.[1] ?? 0);
    } catch {
      // Gone between the two.
      return 0;
    }
  });
  return Math.max(0, ...peaks) / 1024;
}

interface Flood {
  perSecond: number;
  /** By the worker's own processor time, whatever else the machine does. */
  perCpuSecond: number;
  peak: number;
}

async function floodThroughChannel(bench: PluginBench): Promise<Flood> {
  const run = await bench.prepare(FLOODS);
  let [firstAt, received, batches, peak] = [0, 0, 0, 0];
  const before = process.cpuUsage();
  const { reason, detail } = await run({
    settings: { count },
    async events(batch) {
      if (firstAt === 0) firstAt = performance.now();
      received += batch.length;
      batches += 1;
      if (batches % 500 === 0) peak = Math.max(peak, peakMib());
    },
  });
  const seconds = (performance.now() - firstAt) / 1_000;
  const { user, system } = process.cpuUsage(before);
  if (reason !== "completed" || received !== count)
    throw new Error(`${reason}, ${received} events: ${detail}`);
  return { perSecond: count / seconds, perCpuSecond: (count * 1e6) / (user + system), peak };
}

const SENDER = `
const url = "http://app.test/" + "x".repeat(900);
const count = Number(process.argv[2]);
let sent = 0;
function next() {
  if (sent >= count) return process.disconnect();
  const events = Array.from({ length: Math.min(32, count - sent) }, () => ({ event: "endpoint", method: "GET", url: url + sent++, source: "link" }));
  process.send({ kind: "events", events }, next);
}
next();
`;

async function floodThroughFork(file: string): Promise<number> {
  await writeFile(file, SENDER);
  const child: ChildProcess = fork(file, [String(count)], { env: {} });
  let [firstAt, received] = [0, 0];
  child.on("message", ({ events }: { events: unknown[] }) => {
    if (firstAt === 0) firstAt = performance.now();
    received += events.length;
  });
  await new Promise((resolve) => child.once("close", resolve));
  if (received !== count) throw new Error(`${received} events through fork`);
  return (count / (performance.now() - firstAt)) * 1_000;
}

async function measure(bench: PluginBench): Promise<BenchRow[]> {
  const peer = await floodThroughFork(join(bench.folder, "sender.cjs"));
  const { perSecond, perCpuSecond, peak } = await floodThroughChannel(bench);
  return [
    {
      id: "P7",
      what: `events of 1 KB from a plugin, checked, of ${count}`,
      figure: `${perSecond.toFixed(0)}/s`,
      against: `fork and process.send, unchecked ${peer.toFixed(0)}/s`,
      ratio: (perSecond / peer).toFixed(2),
      bar: `>= ${MIN_PER_SECOND}/s`,
      met: perSecond >= MIN_PER_SECOND,
    },
    {
      id: "P7",
      what: "the same per second of the worker's processor time",
      figure: `${perCpuSecond.toFixed(0)}/s`,
      against: "-",
      ratio: "-",
      bar: `>= ${MIN_PER_SECOND}/s`,
      met: perCpuSecond >= MIN_PER_SECOND,
    },
    atMost({
      id: "P7",
      what: "most memory of the plugin's process meanwhile",
      figure: peak,
      unit: " MiB",
      atMost: MAX_MIB,
    }),
  ];
}

await runIfMain(import.meta.url, () => withPluginBench(measure));

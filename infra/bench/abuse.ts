import { join } from "node:path";
import { atMost, type BenchRow, flags, median, positionals, runIfMain } from "./bench-row.ts";
import { type PluginBench, withPluginBench } from "./plugin-bench.ts";

/**
 * What a plugin that misbehaves takes from the one beside it (R9): the sibling's events per second alone and beside the
 * abuser, which is started again whenever it ends, by turns; and how much the worker's memory grows meanwhile.
 *
 *     node infra/bench/abuse.ts [rounds, default 5] [fixture…]
 */
const [given, ...chosen] = positionals;
const rounds = Number(given ?? (flags.quick ? 1 : 5));

const FIXTURES = join(import.meta.dirname, "../../packages/plugin-runner/test/fixtures");
const EVENTS = flags.quick ? 2_000 : 50_000;
const MIN_SHARE = 0.9;
const MAX_GROWTH_MIB = 64;

const ABUSERS = [
  "throws",
  "exits",
  "fills-heap",
  "fills-buffers",
  "loops",
  "ignores-sigterm",
  "writes-gigabyte",
  "reports-million",
  "sends-garbage",
  "sends-huge-message",
  "sends-proto",
  "forks",
  "opens-files",
];

type Run = Awaited<ReturnType<PluginBench["prepare"]>>;

async function siblingRate(run: Run): Promise<number> {
  let [firstAt, lastAt] = [0, 0];
  const { reason, detail, counters } = await run({
    settings: { count: EVENTS },
    async events() {
      lastAt = performance.now();
      firstAt ||= lastAt;
    },
  });
  if (reason !== "completed" || counters.events !== EVENTS)
    throw new Error(`the sibling ${reason}: ${detail}`);
  return (EVENTS * 1_000) / (lastAt - firstAt);
}

/** Abuses until `isOver`; a run in between ends within 2 s. */
async function abuse(run: Run, isOver: () => boolean): Promise<void> {
  while (!isOver()) await run({ limits: { timeoutMs: 2_000, memoryMb: 64 } });
}

async function rateBeside(sibling: Run, abuser: Run): Promise<number> {
  let isOver = false;
  const abused = abuse(abuser, () => isOver);
  try {
    return await siblingRate(sibling);
  } finally {
    isOver = true;
    await abused;
  }
}

async function rowsFor(bench: PluginBench, sibling: Run, fixture: string): Promise<BenchRow[]> {
  const abuser = await bench.prepare(join(FIXTURES, fixture));
  const before = process.memoryUsage.rss();
  const [alone, beside]: [number[], number[]] = [[], []];
  for (let round = 0; round < rounds; round++) {
    alone.push(await siblingRate(sibling));
    beside.push(await rateBeside(sibling, abuser));
  }
  const growth = (process.memoryUsage.rss() - before) / 1024 / 1024;
  const [free, abused] = [median(alone), median(beside)];
  return [
    {
      id: "R9",
      what: `events of a sibling beside ${fixture}`,
      figure: `${abused.toFixed(0)}/s`,
      against: `alone ${free.toFixed(0)}/s`,
      ratio: (abused / free).toFixed(2),
      bar: `>= ${MIN_SHARE}`,
      met: abused / free >= MIN_SHARE,
    },
    atMost({
      id: "R9",
      what: `growth of the worker beside ${fixture}`,
      figure: growth,
      unit: " MiB",
      atMost: MAX_GROWTH_MIB,
    }),
  ];
}

async function measure(bench: PluginBench): Promise<BenchRow[]> {
  const sibling = await bench.prepare(join(FIXTURES, "reports-kilobytes"));
  // The first run fills caches that all later ones find.
  await siblingRate(sibling);
  const rows: BenchRow[] = [];
  for (const fixture of chosen.length > 0 ? chosen : ABUSERS)
    rows.push(...(await rowsFor(bench, sibling, fixture)));
  return rows;
}

await runIfMain(import.meta.url, () => withPluginBench(measure));

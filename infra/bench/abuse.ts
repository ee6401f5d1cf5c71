import { join } from "node:path";
import { setTimeout as sleep } from "node:timers/promises";
import { atMost, type BenchRow, flags, median, positionals, runIfMain } from "./bench-row.ts";
import { PAGES_PLUGIN, type PagedTarget, scanPages, startPagedTarget } from "./paged-target.ts";
import { type PluginBench, type PreparedPlugin, withPluginBench } from "./plugin-bench.ts";

/**
 * What a plugin that misbehaves takes from the one beside it (R9), by turns alone and beside it, and how much the worker's
 * memory grows meanwhile. The sibling that has a bar is a detector as users have them: it asks a target with a budget of
 * 50 requests per second, through sandbox, broker and pacer. Shown beside it, without a bar, is one that does nothing but
 * report as fast as two cores let it: from that, whatever else runs takes its share.
 *
 * The abuser comes as often as the product would start it. A run that has ended is never begun anew in its scan, however
 * it ended (only what a dead worker or a missing database cut short is); so it comes again with the next scan, and none
 * is shorter than `SCAN_MS`.
 *
 * One round says little on a machine that has anything else to do: a plugin that only waits was seen at 0.78 in one, and
 * at 1.03 over six.
 *
 *     node infra/bench/abuse.ts [rounds, default 5] [fixture…]
 */
const [given, ...chosen] = positionals;
const rounds = Number(given ?? (flags.quick ? 1 : 5));

/** From the start of a scan to that of the next: the lab, with all detectors (endpoints-memory.ts). */
const SCAN_MS = 2_000;
/** A run of the abuser that does not end by itself ends as soon. */
const ABUSER_LIMITS = { timeoutMs: 2_000, memoryMb: 64 };

const FIXTURES = join(import.meta.dirname, "../../packages/plugin-runner/test/fixtures");
const BUDGET = { rps: 50, concurrency: 4, maxRequests: 1_000_000_000 };
const PAGES = flags.quick ? 50 : 150;
const EVENTS = flags.quick ? 2_000 : 20_000;
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

interface Sibling {
  does: string;
  minShare: number | null;
  /** Of what it does per second, from the first time to the last. */
  rate(): Promise<number>;
}

/** A run's rate of what it does `count` times, each told by calling `note`. */
async function rateOf(count: number, run: (note: () => void) => Promise<void>): Promise<number> {
  let [firstAt, lastAt] = [0, 0];
  await run(() => {
    lastAt = performance.now();
    firstAt ||= lastAt;
  });
  return (count * 1_000) / (lastAt - firstAt);
}

async function askingSibling(bench: PluginBench, target: PagedTarget): Promise<Sibling> {
  const run = await bench.prepare(PAGES_PLUGIN);
  const ask = (note: () => void) => {
    const request: PagedTarget["request"] = (...asked) => target.request(...asked).finally(note);
    return scanPages(run, { ...target, request }, { pages: PAGES, atOnce: BUDGET.concurrency });
  };
  return { does: "requests", minShare: MIN_SHARE, rate: () => rateOf(PAGES - 1, ask) };
}

async function reportingSibling(bench: PluginBench): Promise<Sibling> {
  const run = await bench.prepare(join(FIXTURES, "reports-kilobytes"));
  const report = async (note: () => void) => {
    const { reason, detail, counters } = await run({
      settings: { count: EVENTS },
      events: async () => note(),
    });
    if (reason !== "completed" || counters.events !== EVENTS)
      throw new Error(`the sibling ${reason}: ${detail}`);
  };
  return { does: "events, as many as it can,", minShare: null, rate: () => rateOf(EVENTS, report) };
}

async function abuse(abuser: PreparedPlugin, signal: AbortSignal): Promise<void> {
  while (!signal.aborted) {
    const scan = sleep(SCAN_MS, undefined, { signal }).catch(() => undefined);
    await abuser({ limits: ABUSER_LIMITS });
    await scan;
  }
}

async function rateBeside({ rate }: Sibling, abuser: PreparedPlugin): Promise<number> {
  const over = new AbortController();
  const abused = abuse(abuser, over.signal);
  try {
    return await rate();
  } finally {
    over.abort();
    await abused;
  }
}

async function shareRow(sibling: Sibling, abuser: PreparedPlugin, fixture: string): Promise<BenchRow> {
  const [alone, beside]: [number[], number[]] = [[], []];
  for (let round = 0; round < rounds; round++) {
    alone.push(await sibling.rate());
    beside.push(await rateBeside(sibling, abuser));
  }
  const [free, abused] = [median(alone), median(beside)];
  const { does, minShare } = sibling;
  return {
    id: "R9",
    what: `${does} of a sibling beside ${fixture}`,
    figure: `${abused.toFixed(1)}/s`,
    against: `alone ${free.toFixed(1)}/s`,
    ratio: (abused / free).toFixed(2),
    bar: minShare === null ? "" : `>= ${minShare}`,
    met: minShare === null ? null : abused / free >= minShare,
  };
}

async function rowsFor(
  siblings: readonly Sibling[],
  abuser: PreparedPlugin,
  fixture: string,
): Promise<BenchRow[]> {
  const before = process.memoryUsage.rss();
  const rows: BenchRow[] = [];
  for (const sibling of siblings) rows.push(await shareRow(sibling, abuser, fixture));
  const growth = (process.memoryUsage.rss() - before) / 1024 / 1024;
  const what = `growth of the worker beside ${fixture}`;
  return [...rows, atMost({ id: "R9", what, figure: growth, unit: " MiB", atMost: MAX_GROWTH_MIB })];
}

async function abuseRows(): Promise<BenchRow[]> {
  const target = await startPagedTarget(BUDGET);
  try {
    return await withPluginBench(async (bench) => {
      const siblings = [await askingSibling(bench, target), await reportingSibling(bench)];
      // The first run fills caches that all later ones find.
      for (const { rate } of siblings) await rate();
      const rows: BenchRow[] = [];
      for (const fixture of chosen.length > 0 ? chosen : ABUSERS)
        rows.push(...(await rowsFor(siblings, await bench.prepare(join(FIXTURES, fixture)), fixture)));
      return rows;
    });
  } finally {
    await target.close();
  }
}

await runIfMain(import.meta.url, abuseRows);

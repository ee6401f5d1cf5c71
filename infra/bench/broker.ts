import { HttpRequest } from "@picket/core";
import got from "got";
import { type BenchRow, flags, median, runIfMain } from "./bench-row.ts";
import { cpuSeconds, seconds } from "./measure.ts";
import { PAGES_PLUGIN, scanPages, startPagedTarget } from "./paged-target.ts";
import { withPluginBench } from "./plugin-bench.ts";

/**
 * What safety costs. P3: CPU time of the broker for a request, with scope, pacing through Redis, redaction and hashing of
 * the 4 KB that come back, beside got that only asks for the same pages. P14: requests per second of a plugin in its
 * sandbox through all of that, beside a loop around got in one process that looks for the same in the same pages. The
 * budget is wide open; rows and bodies are not written.
 *
 * Both ask the same target for the same pages, as many at once, over connections that are kept, and turn what comes back
 * into text, of which every page must be right. got does what it does by default: Node keeps its connections, and it
 * accepts compressed bodies and would follow redirects, as the broker does; only its repeats are off, of which there
 * would be none. The ways take turns after a round of each that does not count, and a ratio is the median of those of the
 * rounds, because what else the machine does slows both sides of a round down.
 *
 *     node infra/bench/broker.ts [--quick]
 */
const PAGES = flags.quick ? 500 : 2_000;
const ROUNDS = flags.quick ? 1 : 5;
const AT_ONCE = 32;
const OPEN = { rps: 100_000, concurrency: 1_000, maxRequests: 1_000_000_000 };
const TITLE = /<title>Page \/(.*?)<\/title>/;

const isRight = (text: string, page: number) => TITLE.exec(text)?.[1] === `page-${page}`;

/** Asks for all pages, `AT_ONCE` at a time. Throws unless all came back right. */
async function askAll(ask: (path: string) => Promise<string>): Promise<void> {
  let [next, right] = [0, 0];
  const lane = async () => {
    while (next < PAGES) {
      const page = next++;
      if (isRight(await ask(`/page-${page}`), page)) right += 1;
    }
  };
  await Promise.all(Array.from({ length: AT_ONCE }, lane));
  if (right !== PAGES) throw new Error(`${right} of ${PAGES} pages came back right`);
}

interface Ways {
  /** Asks for every page. */
  got(): Promise<void>;
  broker(): Promise<void>;
  plugin(): Promise<void>;
}

/** CPU time of this process for a request, microseconds, and requests per second. */
interface Figures {
  cpu: number[];
  rate: number[];
}

async function measure(ways: Ways): Promise<Record<keyof Ways, Figures>> {
  const figures = {
    got: { cpu: [], rate: [] },
    broker: { cpu: [], rate: [] },
    plugin: { cpu: [], rate: [] },
  } as Record<keyof Ways, Figures>;
  const names = ["got", "broker", "plugin"] as const;
  for (let round = -1; round < ROUNDS; round++) {
    for (const name of names) {
      const before = await cpuSeconds(process.pid);
      const took = await seconds(ways[name]);
      const used = (await cpuSeconds(process.pid)) - before;
      // The first round warms up.
      if (round < 0) continue;
      figures[name].cpu.push((used * 1e6) / PAGES);
      figures[name].rate.push(PAGES / took);
    }
  }
  return figures;
}

/** Median of the rounds' ratios. */
function ratioOf(own: readonly number[], peer: readonly number[]): number {
  return median(own.map((figure, round) => figure / (peer[round] ?? Number.NaN)));
}

function rowsOf({ got: naive, broker, plugin }: Record<keyof Ways, Figures>): BenchRow[] {
  const [own, bare] = [median(broker.cpu), median(naive.cpu)];
  const [safe, unsafe] = [median(plugin.rate), median(naive.rate)];
  const share = ratioOf(broker.cpu, naive.cpu);
  const speed = ratioOf(plugin.rate, naive.rate);
  return [
    {
      id: "P3",
      what: "CPU of the broker for a request with 4 KB back",
      figure: `${own.toFixed(0)} us`,
      against: `bare got ${bare.toFixed(0)} us`,
      ratio: share.toFixed(2),
      bar: "<= 0.6",
      met: share <= 0.6,
    },
    {
      id: "P14",
      what: "requests of a sandboxed plugin through broker, scope and pacer",
      figure: `${safe.toFixed(0)}/s`,
      against: `got in one process ${unsafe.toFixed(0)}/s`,
      ratio: speed.toFixed(2),
      bar: ">= 0.6",
      met: speed >= 0.6,
    },
  ];
}

async function brokerRows(): Promise<BenchRow[]> {
  const target = await startPagedTarget(OPEN);
  const { signal } = new AbortController();
  try {
    return await withPluginBench(async ({ prepare }) => {
      const plugin = await prepare(PAGES_PLUGIN);
      return rowsOf(
        await measure({
          got: () => askAll((path) => got(`${target.url}${path}`, { retry: { limit: 0 } }).text()),
          broker: () =>
            askAll(async (path) => {
              const result = await target.request(HttpRequest.parse({ url: path }), signal);
              return result.ok ? new TextDecoder().decode(result.body) : "";
            }),
          plugin: () => scanPages(plugin, target, { pages: PAGES, atOnce: AT_ONCE }),
        }),
      );
    });
  } finally {
    await target.close();
  }
}

await runIfMain(import.meta.url, brokerRows);

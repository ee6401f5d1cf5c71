import { spawn } from "node:child_process";
import { hash } from "node:crypto";
import { once } from "node:events";
import { join } from "node:path";
import { HttpRequest, parseWebUrl, type RequestBudget, uuidv7 } from "@picket/core";
import { type Broker, createBroker } from "@picket/http";
import { createTargetBudgets } from "@picket/queue";
import { type BodyStore, createBodyPreparer } from "@picket/storage";
import { startPrivateRedis } from "@picket/testing";
import got from "got";
import { brokerFetch } from "../../apps/worker/src/ingest/fetch-rows.ts";
import { type BenchRow, flags, median, runIfMain } from "./bench-row.ts";
import { cpuSeconds, seconds } from "./measure.ts";
import { type PreparedPlugin, withPluginBench } from "./plugin-bench.ts";

/**
 * What safety costs. P3: CPU time of the broker for a request, with scope, pacing through Redis, redaction and hashing of
 * the 4 KB that come back, beside got that only asks for the same pages. P14: requests per second of a plugin in its
 * sandbox through all of that, beside a loop around got in one process that looks for the same in the same pages. The
 * budget is wide open; rows and bodies are not written. Every page must have come back right both ways.
 *
 *     node infra/bench/broker.ts [--quick]
 */
const PAGES = flags.quick ? 500 : 2_000;
const ROUNDS = flags.quick ? 1 : 3;
const AT_ONCE = 32;
const OPEN = { rps: 100_000, concurrency: 1_000, maxRequests: 1_000_000_000 };
const FIXTURE = join(import.meta.dirname, "../../apps/worker/test/fixtures/hasty/hasty");
const CAPABILITIES = ["http:passive"] as const;
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

/** Hashes what it is given, and keeps nothing. */
const HASHING: Pick<BodyStore, "put"> = {
  async put(bytes) {
    const sha256 = hash("sha256", bytes);
    return { path: `sha256/${sha256}`, sha256, size: bytes.length };
  },
};

function openBroker(baseUrl: string, budget: RequestBudget): { broker: Broker; close(): Promise<void> } {
  const base = parseWebUrl(baseUrl);
  const preparer = createBodyPreparer();
  const redaction = { emails: true, cards: true, key: "bench-bench-bench-bench" };
  const keeping = { bodies: HASHING as BodyStore, preparer, redaction, storageMode: "sampled" } as const;
  const broker = createBroker({
    scope: { base, rules: [{ pattern: base.host, ports: [String(base.port)] }], platform: [] },
    budget,
    storageMode: keeping.storageMode,
    onFetch: async (record) => void (await brokerFetch(keeping, record)),
  });
  return {
    broker,
    async close() {
      broker.close();
      await preparer.close();
    },
  };
}

function requestOf(broker: Broker) {
  const context = { plugin: "bench", capabilities: CAPABILITIES, signal: new AbortController().signal };
  return (request: HttpRequest) => broker.request(request, context);
}

/** A scan by the plugin. Throws unless it says that all pages were right. */
async function scan(run: PreparedPlugin, baseUrl: string, broker: Broker): Promise<void> {
  let right: unknown;
  const { reason, detail } = await run({
    baseUrl,
    http: requestOf(broker),
    settings: { pages: PAGES, atOnce: AT_ONCE },
    async events([event]) {
      if (event?.event === "evidence") right = event.details.right;
    },
  });
  if (right !== PAGES)
    throw new Error(`${String(right)} of ${PAGES} pages came back right: ${reason} ${detail}`);
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

async function startTarget(): Promise<{ url: string; stop(): void }> {
  const child = spawn(process.execPath, [join(import.meta.dirname, "page-target.ts")], {
    stdio: ["ignore", "pipe", "inherit"],
  });
  const [line] = (await once(child.stdout, "data")) as [Buffer];
  return { url: line.toString().trim(), stop: () => void child.kill() };
}

function rowsOf({ got: naive, broker, plugin }: Record<keyof Ways, Figures>): BenchRow[] {
  const [own, bare] = [median(broker.cpu), median(naive.cpu)];
  const [safe, unsafe] = [median(plugin.rate), median(naive.rate)];
  return [
    {
      id: "P3",
      what: "CPU of the broker for a request with 4 KB back",
      figure: `${own.toFixed(0)} us`,
      against: `bare got ${bare.toFixed(0)} us`,
      ratio: (own / bare).toFixed(2),
      bar: "<= 0.6",
      met: own / bare <= 0.6,
    },
    {
      id: "P14",
      what: "requests of a sandboxed plugin through broker, scope and pacer",
      figure: `${safe.toFixed(0)}/s`,
      against: `got in one process ${unsafe.toFixed(0)}/s`,
      ratio: (safe / unsafe).toFixed(2),
      bar: ">= 0.6",
      met: safe / unsafe >= 0.6,
    },
  ];
}

async function brokerRows(): Promise<BenchRow[]> {
  const [target, redis] = [await startTarget(), await startPrivateRedis()];
  const budgets = createTargetBudgets({
    redisUrl: redis.url,
    prefix: "{bench}",
    onConnectionError: () => undefined,
  });
  const budget = budgets.forScan({ targetId: uuidv7(), scanId: uuidv7(), ...OPEN });
  const { broker, close } = openBroker(`${target.url}/`, budget);
  try {
    return await withPluginBench(async ({ prepare }) => {
      const plugin = await prepare(FIXTURE);
      const send = requestOf(broker);
      return rowsOf(
        await measure({
          got: () => askAll((path) => got(`${target.url}${path}`, { retry: { limit: 0 } }).text()),
          broker: () =>
            askAll(async (path) => {
              const result = await send(HttpRequest.parse({ url: path }));
              return result.ok ? new TextDecoder().decode(result.body) : "";
            }),
          plugin: () => scan(plugin, `${target.url}/`, broker),
        }),
      );
    });
  } finally {
    await close();
    budgets.close();
    await redis.stop();
    target.stop();
  }
}

await runIfMain(import.meta.url, brokerRows);

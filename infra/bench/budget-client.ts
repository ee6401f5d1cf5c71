import { setTimeout as sleep } from "node:timers/promises";
import { HttpRequest, parseWebUrl, type RequestBudget, uuidv7 } from "@picket/core";
import { type Broker, createBroker } from "@picket/http";
import { createTargetBudgets, type PaceChange } from "@picket/queue";
import { Redis } from "ioredis";
import { RateLimiterRedis } from "rate-limiter-flexible";
import { machineNow } from "./machine-clock.ts";

/** What a process is to send to one target. */
export interface Load {
  url: string;
  targetId: string;
  scanId: string;
  rps: number;
  concurrency: number;
  hands: number;
}

/**
 * One of several processes that send as much as their targets' budgets let them, through the real broker. Its argument
 * is the JSON of `BudgetClient`. Prints a line of JSON for each change of pace that it brought about, a `PaceNote`.
 */
export interface BudgetClient {
  redisUrl: string;
  prefix: string;
  forMs: number;
  limiter: "picket" | "rate-limiter-flexible";
  loads: readonly Load[];
}

export type PaceNote = PaceChange & {
  /** By `machineNow`. */
  at: number;
};

/** How long a hand waits before it begins a new scan of a target that is not asked any more, ms. */
const NEXT_SCAN_MS = 1_000;

const client = JSON.parse(process.argv[2] ?? "{}") as BudgetClient;
const stop = AbortSignal.timeout(client.forMs);

interface Budgets {
  of(load: Load): RequestBudget;
  close(): void;
}

/** A fixed window in Redis, as most services have it. */
function peerBudgets(): Budgets {
  const redis = new Redis(client.redisUrl);
  const permit = { release: () => undefined };
  return {
    of({ rps, targetId }) {
      const options = { storeClient: redis, keyPrefix: client.prefix, points: rps, duration: 1 };
      const limiter = new RateLimiterRedis(options);
      return {
        async acquire(signal) {
          while (!signal.aborted) {
            const refusal = await limiter.consume(targetId).then(
              () => null,
              (thrown: { msBeforeNext: number }) => thrown,
            );
            if (!refusal) return permit;
            await sleep(refusal.msBeforeNext, undefined, { signal }).catch(() => undefined);
          }
          return "cancelled";
        },
      };
    },
    close: () => redis.disconnect(),
  };
}

function ownBudgets(): Budgets {
  const { redisUrl, prefix } = client;
  const onPaceChange = (change: PaceChange) => {
    const note: PaceNote = { ...change, at: machineNow() };
    console.log(JSON.stringify(note));
  };
  const budgets = createTargetBudgets({ redisUrl, prefix, onPaceChange });
  return {
    of: (load) => budgets.forScan({ ...load, maxRequests: 1_000_000 }),
    close: () => budgets.close(),
  };
}

const budgets = client.limiter === "picket" ? ownBudgets() : peerBudgets();

function brokerOf(load: Load): Broker {
  const base = parseWebUrl(load.url);
  return createBroker({
    scope: { base, rules: [{ pattern: base.host, ports: [String(base.port)] }], platform: [] },
    budget: budgets.of(load),
    onFetch: () => undefined,
  });
}

/** What was never sent ends its scan. Another one begins, of which the platform knows nothing yet. */
async function send(load: Load): Promise<void> {
  let broker = brokerOf(load);
  async function hand(): Promise<void> {
    while (!stop.aborted) {
      const used = broker;
      const context = { plugin: "bench", capabilities: ["http:passive" as const], signal: stop };
      const result = await used.request(HttpRequest.parse({ url: load.url }), context);
      if (result.ok || result.fetchId !== undefined || stop.aborted) continue;
      if (result.reason === "capability_missing") throw new Error(result.detail);
      if (used === broker) broker = brokerOf({ ...load, scanId: uuidv7() });
      used.close();
      await sleep(NEXT_SCAN_MS);
    }
  }
  await Promise.all(Array.from({ length: load.hands }, hand));
  broker.close();
}

await Promise.all(client.loads.map(send));
budgets.close();

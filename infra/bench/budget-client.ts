import { setTimeout as sleep } from "node:timers/promises";
import { HttpRequest, parseWebUrl, type RequestBudget } from "@picket/core";
import { createBroker } from "@picket/http";
import { createTargetBudgets } from "@picket/queue";
import { Redis } from "ioredis";
import { RateLimiterRedis } from "rate-limiter-flexible";

/**
 * One of several processes that send as much as the target's budget lets them, through the real broker. Its argument is
 * the JSON of `BudgetClient`. Prints how its requests ended.
 */
export interface BudgetClient {
  url: string;
  redisUrl: string;
  prefix: string;
  targetId: string;
  scanId: string;
  rps: number;
  concurrency: number;
  hands: number;
  forMs: number;
  limiter: "picket" | "rate-limiter-flexible";
}

const client = JSON.parse(process.argv[2] ?? "{}") as BudgetClient;
const stop = AbortSignal.timeout(client.forMs);

/** A fixed window in Redis, as most services have it. */
function peerBudget(): { budget: RequestBudget; close(): void } {
  const redis = new Redis(client.redisUrl);
  const limiter = new RateLimiterRedis({
    storeClient: redis,
    keyPrefix: client.prefix,
    points: client.rps,
    duration: 1,
  });
  const permit = { release: () => undefined };
  return {
    budget: {
      async acquire(signal) {
        while (!signal.aborted) {
          const refusal = await limiter.consume(client.targetId).then(
            () => null,
            (thrown: { msBeforeNext: number }) => thrown,
          );
          if (!refusal) return permit;
          await sleep(refusal.msBeforeNext, undefined, { signal }).catch(() => undefined);
        }
        return "cancelled";
      },
    },
    close: () => redis.disconnect(),
  };
}

function ownBudget(): { budget: RequestBudget; close(): void } {
  const { targetId, scanId, rps, concurrency } = client;
  const budgets = createTargetBudgets({ redisUrl: client.redisUrl, prefix: client.prefix });
  const budget = budgets.forScan({ targetId, scanId, rps, concurrency, maxRequests: 1_000_000 });
  return { budget, close: () => budgets.close() };
}

const { budget, close } = client.limiter === "picket" ? ownBudget() : peerBudget();
const base = parseWebUrl(client.url);
const broker = createBroker({
  scope: { base, rules: [{ pattern: base.host, ports: [String(base.port)] }], platform: [] },
  budget,
  onFetch: () => undefined,
});
const context = { plugin: "bench", capabilities: ["http:passive" as const], signal: stop };
const outcomes: Record<string, number> = {};

async function hand(): Promise<void> {
  while (!stop.aborted) {
    const result = await broker.request(HttpRequest.parse({ url: client.url }), context);
    if (!result.ok && result.reason === "capability_missing") throw new Error(result.detail);
    const outcome = result.ok ? String(result.status) : result.reason;
    outcomes[outcome] = (outcomes[outcome] ?? 0) + 1;
  }
}

await Promise.all(Array.from({ length: client.hands }, hand));
console.log(JSON.stringify(outcomes));
broker.close();
close();

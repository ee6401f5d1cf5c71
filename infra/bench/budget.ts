import { spawn } from "node:child_process";
import { once } from "node:events";
import { createServer, type Server } from "node:http";
import type { AddressInfo } from "node:net";
import { join } from "node:path";
import { uuidv7 } from "@picket/core";
import { startPrivateRedis } from "@picket/testing";
import { Redis } from "ioredis";
import { type BenchRow, flags, positionals, runIfMain } from "./bench-row.ts";
import type { BudgetClient } from "./budget-client.ts";

/**
 * What a target sees of four processes that send as much as its budget lets them, and what that costs Redis (P1, P2),
 * beside a fixed window of rate-limiter-flexible in the same harness.
 *
 *     node infra/bench/budget.ts [seconds]
 */
const seconds = Number(positionals[0] ?? (flags.quick ? 10 : 60));

interface Seen {
  /** Most requests in any second. */
  most: number;
  /** Mean rate, requests per second. */
  rate: number;
  /** Calls to Redis per request. */
  calls: number;
}

function mostInOneSecond(arrivals: readonly number[]): number {
  let [from, most] = [0, 0];
  arrivals.forEach((at, index) => {
    while (at - (arrivals[from] ?? at) >= 1_000) from += 1;
    most = Math.max(most, index - from + 1);
  });
  return most;
}

async function calls(redis: Redis): Promise<number> {
  const stats = await redis.info("commandstats");
  // A script's own commands are Redis' work, not calls of a client.
  const counts = [...stats.matchAll(/cmdstat_(evalsha|eval|publish):calls=(\d+)/g)].map(([, , count]) =>
    Number(count),
  );
  return counts.reduce((sum, count) => sum + count, 0);
}

async function startTarget(): Promise<{ server: Server; url: string; arrivals: number[] }> {
  const arrivals: number[] = [];
  const server = createServer((_request, response) => {
    arrivals.push(performance.now());
    response.end("ok");
  });
  server.listen(0, "127.0.0.1");
  await once(server, "listening");
  return { server, url: `http://127.0.0.1:${(server.address() as AddressInfo).port}/`, arrivals };
}

async function runClient(client: BudgetClient): Promise<void> {
  const child = spawn(
    process.execPath,
    [join(import.meta.dirname, "budget-client.ts"), JSON.stringify(client)],
    {
      stdio: ["ignore", "ignore", "inherit"],
    },
  );
  await once(child, "exit");
}

async function measure(rps: number, limiter: BudgetClient["limiter"]): Promise<Seen> {
  const [service, target] = [await startPrivateRedis(), await startTarget()];
  const redis = new Redis(service.url);
  const client: BudgetClient = {
    url: target.url,
    redisUrl: service.url,
    prefix: "bench",
    targetId: uuidv7(),
    scanId: uuidv7(),
    rps,
    concurrency: 40,
    hands: 10,
    forMs: seconds * 1_000,
    limiter,
  };
  await Promise.all([1, 2, 3, 4].map(() => runClient(client)));
  const callsMade = await calls(redis);
  redis.disconnect();
  target.server.close();
  target.server.closeAllConnections();
  await service.stop();
  const { arrivals } = target;
  // Processes start and stop one after another: the steady part is what counts.
  const [from, to] = [(arrivals[0] ?? 0) + 1_000, (arrivals.at(-1) ?? 0) - 1_000];
  const steady = arrivals.filter((at) => at >= from && at <= to);
  return {
    most: mostInOneSecond(arrivals),
    rate: (steady.length * 1_000) / (to - from),
    calls: callsMade / arrivals.length,
  };
}

async function rowsFor(rps: number, most: number): Promise<BenchRow[]> {
  const [own, peer] = [await measure(rps, "picket"), await measure(rps, "rate-limiter-flexible")];
  const share = own.rate / rps;
  return [
    {
      id: "P1",
      what: `most requests in any second, budget ${rps}/s, 4 processes, ${seconds} s`,
      figure: String(own.most),
      against: `rate-limiter-flexible ${peer.most}`,
      ratio: (own.most / peer.most).toFixed(2),
      bar: `<= ${most}`,
      met: own.most <= most,
    },
    {
      id: "P1",
      what: `share of the budget used, ${rps}/s`,
      figure: share.toFixed(3),
      against: `rate-limiter-flexible ${(peer.rate / rps).toFixed(3)}`,
      ratio: (own.rate / peer.rate).toFixed(2),
      bar: ">= 0.96",
      met: share >= 0.96,
    },
    {
      id: "P2",
      what: `calls to Redis per request, ${rps}/s`,
      figure: own.calls.toFixed(2),
      against: `rate-limiter-flexible ${peer.calls.toFixed(2)}`,
      ratio: (own.calls / peer.calls).toFixed(2),
      bar: "<= 0.30",
      met: own.calls <= 0.3,
    },
  ];
}

async function budgetRows(): Promise<BenchRow[]> {
  return [...(await rowsFor(50, 51)), ...(await rowsFor(500, 505))];
}

await runIfMain(import.meta.url, budgetRows);

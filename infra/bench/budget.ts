import { createServer } from "node:http";
import { mostIn } from "@picket/testing";
import type { Redis } from "ioredis";
import { type BenchRow, flags, positionals, runIfMain } from "./bench-row.ts";
import type { BudgetClient } from "./budget-client.ts";
import { close, listen, loadOf, startFleet } from "./budget-fleet.ts";
import { machineNow } from "./machine-clock.ts";

/**
 * What a target sees of four processes that send as much as its budget lets them, and what that costs Redis (P1, P2),
 * beside a fixed window of rate-limiter-flexible in the same harness.
 *
 *     node infra/bench/budget.ts [seconds] [budget: 50 or 500, default both]
 */
const seconds = Number(positionals[0] ?? (flags.quick ? 10 : 60));
/** Most requests in any second, by budget. */
const MOST: Readonly<Record<string, number>> = { 50: 51, 500: 505 };

interface Seen {
  /** Most requests in any second. */
  most: number;
  /** Mean rate, requests per second. */
  rate: number;
  /** Calls to Redis per request. */
  calls: number;
}

async function calls(redis: Redis): Promise<number> {
  const stats = await redis.info("commandstats");
  // A script's own commands are Redis' work, not calls of a client.
  const counts = [...stats.matchAll(/cmdstat_(evalsha|eval|publish):calls=(\d+)/g)].map(([, , count]) =>
    Number(count),
  );
  return counts.reduce((sum, count) => sum + count, 0);
}

async function measure(rps: number, limiter: BudgetClient["limiter"]): Promise<Seen> {
  const arrivals: number[] = [];
  const server = createServer((_request, response) => {
    arrivals.push(machineNow());
    response.end("ok");
  });
  const loads = [loadOf(await listen(server), rps)];
  let callsMade = 0;
  const fleet = await startFleet({ loads, limiter, forMs: seconds * 1_000 }, async (redis) => {
    callsMade = await calls(redis);
  });
  await fleet.done;
  close(server);
  // Processes start and stop one after another: the steady part is what counts.
  const [from, to] = [(arrivals[0] ?? 0) + 1_000, (arrivals.at(-1) ?? 0) - 1_000];
  const steady = arrivals.filter((at) => at >= from && at <= to);
  return {
    most: mostIn(1_000, arrivals),
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
  const budgets = positionals[1] === undefined ? Object.keys(MOST) : [positionals[1]];
  const rows: BenchRow[] = [];
  for (const rps of budgets) rows.push(...(await rowsFor(Number(rps), MOST[rps] ?? Number(rps))));
  return rows;
}

await runIfMain(import.meta.url, budgetRows);

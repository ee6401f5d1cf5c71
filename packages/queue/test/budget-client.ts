import { setTimeout as sleep } from "node:timers/promises";
import { createTargetBudgets } from "../src/budget/target-budgets.ts";

/**
 * A process that uses a budget from many hands at once, for the test to measure. Prints `[start, end]` of each request
 * in ms of the system's monotonic clock, which all processes share.
 */
const [redisUrl = "", options = "{}"] = process.argv.slice(2);
const { prefix, hands, holdMs, forMs, ...scan } = JSON.parse(options);
const now = () => Number(process.hrtime.bigint()) / 1e6;
const budgets = createTargetBudgets({ redisUrl, prefix });
const budget = budgets.forScan(scan);
const requests: [number, number][] = [];
const stop = AbortSignal.timeout(forMs);

async function request(): Promise<boolean> {
  const permit = await budget.acquire(stop);
  if (typeof permit === "string") return permit === "cancelled";
  const start = now();
  await sleep(holdMs * (0.5 + Math.random()));
  requests.push([start, now()]);
  permit.release({ kind: "answered", status: 200, elapsedMs: holdMs });
  return !stop.aborted;
}

async function hand(): Promise<void> {
  while (!stop.aborted && (await request()));
}

await Promise.all(Array.from({ length: hands }, hand));
process.stdout.write(`${JSON.stringify(requests)}\n`);
await sleep(50);
budgets.close();

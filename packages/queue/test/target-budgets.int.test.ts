import { mkdtemp, readFile, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, afterEach, beforeAll, describe, expect, it } from "@jest/globals";
import { uuidv7 } from "@picket/core";
import { supervise } from "@picket/infra/services";
import { createTestRedis, mostIn, startPrivateRedis, type TestRedis, waitFor } from "@picket/testing";
import { Redis } from "ioredis";
import {
  createTargetBudgets,
  type ScanBudget,
  type TargetBudgets,
  type TargetBudgetsOptions,
} from "../src/budget/target-budgets.ts";

const answered = { kind: "answered", status: 200, elapsedMs: 5 } as const;
const never = new AbortController().signal;
let redis: TestRedis;
let logs: string;
const open: TargetBudgets[] = [];

beforeAll(async () => {
  redis = await createTestRedis();
  logs = await mkdtemp(join(tmpdir(), "picket-budget-"));
});
afterEach(() => {
  for (const budgets of open.splice(0)) budgets.close();
});
afterAll(async () => {
  await redis.close();
  await rm(logs, { recursive: true });
});

function budgets(options: Partial<TargetBudgetsOptions> = {}): TargetBudgets {
  const created = createTargetBudgets({ redisUrl: redis.url, prefix: redis.prefix, ...options });
  open.push(created);
  return created;
}

function scan(changes: Partial<ScanBudget> = {}): ScanBudget {
  return {
    targetId: uuidv7(),
    scanId: uuidv7(),
    rps: 1_000,
    concurrency: 100,
    maxRequests: 1_000,
    ...changes,
  };
}

type Requests = [start: number, end: number][];

/** What four processes did at one target, by start. */
async function measure(options: Partial<ScanBudget> & { hands: number; holdMs: number; forMs: number }) {
  const argument = JSON.stringify({ ...scan(options), ...options, prefix: redis.prefix });
  const client = join(import.meta.dirname, "budget-client.ts");
  const processes = [1, 2, 3, 4].map(async (number) => {
    const logFile = join(logs, `${uuidv7()}-${number}`);
    const env = { ...process.env, NODE_OPTIONS: "" };
    const { exited } = supervise({
      command: process.execPath,
      args: [client, redis.url, argument],
      env,
      logFile,
    });
    await exited;
    return JSON.parse(await readFile(logFile, "utf8")) as Requests;
  });
  return (await Promise.all(processes)).flat().sort(([a], [b]) => a - b);
}

function mostAtOnce(requests: Requests): number {
  return Math.max(...requests.map(([at]) => requests.filter(([from, to]) => from <= at && at < to).length));
}

describe("a target's budget over four processes", () => {
  it("holds the rate in every second, and uses most of it even on a busy machine", async () => {
    const forMs = 5_000;
    const requests = await measure({ rps: 50, concurrency: 100, hands: 10, holdMs: 30, forMs });
    expect(
      mostIn(
        1_000,
        requests.map(([at]) => at),
      ),
    ).toBeLessThanOrEqual(52);
    const [first = 0, last = 0] = [requests.at(0)?.[0], requests.at(-1)?.[0]];
    const rate = (requests.length - 1) / ((last - first) / 1_000);
    expect(rate).toBeGreaterThan(25);
  }, 30_000);

  it("holds the number of requests in flight, and reaches it", async () => {
    const requests = await measure({ rps: 1_000, concurrency: 3, hands: 5, holdMs: 60, forMs: 3_000 });
    expect(mostAtOnce(requests)).toBe(3);
  }, 30_000);

  it("ends at the scan's number of requests", async () => {
    const requests = await measure({ maxRequests: 97, hands: 5, holdMs: 5, forMs: 10_000 });
    expect(requests).toHaveLength(97);
  }, 30_000);
});

describe("a target's budget", () => {
  it("counts on where the records say, not where Redis says", async () => {
    const budget = budgets().forScan(scan({ maxRequests: 10, usedRequests: 8 }));
    expect(await budget.acquire(never)).toHaveProperty("release");
    await redis.flush();
    expect(await budget.acquire(never)).toHaveProperty("release");
    expect(await budget.acquire(never)).toBe("exhausted");
  });

  it("is the target's over all scans, and the number of requests each scan's own", async () => {
    const targetId = uuidv7();
    const both = [1, 2].map(() => budgets().forScan(scan({ targetId, concurrency: 2, maxRequests: 1 })));
    const permits = await Promise.all(both.map((budget) => budget.acquire(never)));
    expect(permits).toEqual([expect.objectContaining({}), expect.objectContaining({})]);
    const third = budgets().forScan(scan({ targetId, concurrency: 2 }));
    expect(await third.acquire(AbortSignal.timeout(150))).toBe("cancelled");
    expect(await both[0]?.acquire(never)).toBe("exhausted");
  });

  it("lets go of a caller who gives up, in the queue, before a full target, and before a slot", async () => {
    const slow = budgets().forScan(scan({ rps: 1, concurrency: 1 }));
    const held = await slow.acquire(never);
    const waiting = [slow.acquire(AbortSignal.timeout(50)), slow.acquire(AbortSignal.timeout(60))];
    expect(await Promise.all(waiting)).toEqual(["cancelled", "cancelled"]);
    if (typeof held === "object") held.release(answered);
    expect(await slow.acquire(AbortSignal.timeout(100))).toBe("cancelled");
    expect(await slow.acquire(never)).toHaveProperty("release");
  });

  it("gives a permit on as soon as it comes back", async () => {
    const budget = budgets().forScan(scan({ concurrency: 1 }));
    const first = await budget.acquire(never);
    const second = budget.acquire(never);
    if (typeof first === "object") first.release(answered);
    expect(await second).toHaveProperty("release");
  });

  it("outlives a holder that died, and keeps the lease of one that lives", async () => {
    const shared = scan({ concurrency: 1 });
    const [dying, alive] = [budgets({ leaseMs: 800 }), budgets({ leaseMs: 800 })].map((each) =>
      each.forScan(shared),
    );
    await dying?.acquire(never);
    expect(await alive?.acquire(AbortSignal.timeout(1_500))).toBe("cancelled");
    open.shift()?.close();
    const died = performance.now();
    expect(await alive?.acquire(never)).toHaveProperty("release");
    expect(performance.now() - died).toBeLessThan(1_500);
  });

  it("stops a scan in all processes", async () => {
    const shared = scan();
    const budget = budgets().forScan(shared);
    budgets().stopScan(shared.scanId);
    await waitFor(async () => (await budget.acquire(never)) === "cancelled");
    expect(
      await budgets()
        .forScan(scan({ targetId: shared.targetId }))
        .acquire(never),
    ).toHaveProperty("release");
  });

  it("waits while Redis is away", async () => {
    const own = await startPrivateRedis();
    const client = new Redis(own.url);
    const budget = budgets({ redisUrl: own.url }).forScan(scan());
    await budget.acquire(never);
    await client.quit();
    await own.stop();
    let outcome: unknown;
    const pending = budget.acquire(never).then((permit) => {
      outcome = permit;
    });
    expect(await budget.acquire(AbortSignal.timeout(200))).toBe("cancelled");
    expect(outcome).toBeUndefined();
    const again = await startPrivateRedis({ port: Number(new URL(own.url).port) });
    await pending;
    await waitFor(() => outcome !== undefined);
    open.pop()?.close();
    await again.stop();
  }, 20_000);
});

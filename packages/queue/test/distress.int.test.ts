import { setTimeout as sleep } from "node:timers/promises";
import { afterAll, afterEach, beforeAll, describe, expect, it } from "@jest/globals";
import { type RequestBudget, type RequestOutcome, uuidv7 } from "@picket/core";
import { createTestRedis, type TestRedis, waitFor } from "@picket/testing";
import {
  createTargetBudgets,
  type PaceChange,
  type TargetBudgets,
  type TargetBudgetsOptions,
} from "../src/budget/target-budgets.ts";

const never = new AbortController().signal;
const answered = (status = 200, retryAfterMs?: number): RequestOutcome => ({
  kind: "answered",
  status,
  elapsedMs: 2,
  ...(retryAfterMs !== undefined && { retryAfterMs }),
});
let redis: TestRedis;
const open: TargetBudgets[] = [];

beforeAll(async () => {
  redis = await createTestRedis();
});
afterEach(() => {
  for (const budgets of open.splice(0)) budgets.close();
});
afterAll(() => redis.close());

/** Two workers with a scan each of one target. */
function workers(rps: number, options: Partial<TargetBudgetsOptions> = {}) {
  const targetId = uuidv7();
  const changes: PaceChange[] = [];
  const create = () => {
    const budgets = createTargetBudgets({
      redisUrl: redis.url,
      prefix: redis.prefix,
      onPaceChange: (change) => changes.push(change),
      ...options,
    });
    open.push(budgets);
    return (scanId = uuidv7()) =>
      budgets.forScan({ targetId, scanId, rps, concurrency: 20, maxRequests: 10_000 });
  };
  return { targetId, changes, first: create(), second: create() };
}

async function send(budget: RequestBudget | undefined, outcome: RequestOutcome): Promise<number> {
  const permit = await budget?.acquire(never);
  if (typeof permit !== "object") throw new Error(`no permit: ${permit}`);
  permit.release(outcome);
  return performance.now();
}

/** Requests that go out in this time, one after another. */
async function sentWithin(budget: RequestBudget, ms: number): Promise<number> {
  const until = AbortSignal.timeout(ms);
  for (let count = 0; ; count += 1) {
    const permit = await budget.acquire(until);
    if (typeof permit !== "object") return count;
    permit.release(answered());
  }
}

describe("a target that asks to be left alone", () => {
  it("is, by all workers, for as long as it says", async () => {
    const { first, second, changes } = workers(100);
    const [here, there] = [first(), second()];
    await send(there, answered());
    const halted = await send(here, answered(429, 1_500));
    await sleep(100);
    const [a, b] = await Promise.all([send(here, answered()), send(there, answered())]);
    expect(Math.min(a, b) - halted).toBeGreaterThanOrEqual(1_490);
    expect(changes[0]).toMatchObject({ event: "halted", distress: "overloaded" });
  });

  it("takes back the slots that other workers hold", async () => {
    const { first, second } = workers(4);
    const [here, there] = [first(), second()];
    await send(there, answered());
    const inFlight = await here.acquire(never);
    const waiting = there.acquire(never).then(() => performance.now());
    await sleep(30);
    if (typeof inFlight === "object") inFlight.release(answered(503, 1_000));
    const halted = performance.now();
    expect((await waiting) - halted).toBeGreaterThanOrEqual(990);
  });
});

describe("a target in distress", () => {
  it("is asked at half the rate, once for all that goes wrong in a second", async () => {
    const { first, changes } = workers(200);
    const budget = first();
    await Promise.all(Array.from({ length: 8 }, () => send(budget, answered(503))));
    await waitFor(() => changes.length > 0);
    expect(changes).toMatchObject([{ event: "lowered", distress: "overloaded", rps: 100 }]);
    expect(await sentWithin(budget, 1_000)).toBeLessThanOrEqual(100);
  });

  it("is never asked faster because of errors, and not below one request in two seconds", async () => {
    const { first, changes } = workers(1);
    const budget = first();
    for (const outcome of [answered(429), answered(429)]) await send(budget, outcome);
    await waitFor(() => changes.length > 0);
    expect(changes[0]?.event).toBe("lowered");
    expect(changes[0]?.rps).toBeCloseTo(0.5, 1);
  });
});

describe("a target that does not answer", () => {
  const dead: RequestOutcome = { kind: "unreachable" };

  /** An answer is told with the next step, within 100 ms: it must not come among the failures that follow. */
  async function answerAndSettle(budget: RequestBudget): Promise<void> {
    await send(budget, answered());
    await sleep(200);
  }

  async function knockOut(budget: RequestBudget, changes: PaceChange[]): Promise<void> {
    for (let count = 0; count < 5; count += 1) await send(budget, dead);
    await waitFor(() => changes.some(({ event }) => event === "opened"));
  }

  it("is left alone after five failures in a row, by all workers, until one probe finds it back", async () => {
    const { first, second, changes } = workers(100, { breakerOpenMs: 700 });
    const [here, there] = [first(), second()];
    await answerAndSettle(there);
    await knockOut(here, changes);
    const opened = performance.now();
    const probes = [here, here, there, there].map((budget) =>
      budget.acquire(never).then((permit) => ({ permit, at: performance.now() })),
    );
    const probe = await Promise.race(probes);
    expect(probe.at - opened).toBeGreaterThanOrEqual(600);
    await sleep(300);
    const others = probes.map((pending) => Promise.race([pending, sleep(20, "waits")]));
    expect((await Promise.all(others)).filter((each) => each === "waits")).toHaveLength(3);
    if (typeof probe.permit === "object") probe.permit.release(answered());
    for (const { permit } of await Promise.all(probes))
      if (typeof permit === "object") permit.release(answered());
    expect(changes.map(({ event }) => event)).toEqual(expect.arrayContaining(["opened", "closed"]));
  });

  it("is not found back by the answer to a request from before", async () => {
    const { first, second, changes } = workers(100);
    const [here, there] = [first(), second()];
    const inFlight = await there.acquire(never);
    await knockOut(here, changes);
    if (typeof inFlight === "object") inFlight.release(answered());
    await sleep(400);
    expect(changes.map(({ event }) => event)).not.toContain("closed");
  });

  it("is given up when the probe fails: who waits is told, and so is who comes", async () => {
    const { first, second, changes } = workers(100, { breakerOpenMs: 1_200 });
    const [here, there] = [first("scan-a"), second("scan-b")];
    await answerAndSettle(there);
    await knockOut(here, changes);
    const waiting = [here.acquire(never), there.acquire(never)];
    const probe = await Promise.race(waiting);
    if (typeof probe === "object") probe.release(dead);
    expect(await Promise.all(waiting)).toContain("unreachable");
    expect(await here.acquire(never)).toBe("unreachable");
    expect(await second("a new scan").acquire(never)).toHaveProperty("release");
  });

  it("is probed by another worker soon when who was to probe it sends nothing", async () => {
    const { first, second, changes } = workers(100, { breakerOpenMs: 700 });
    const [here, there] = [first(), second()];
    await answerAndSettle(there);
    await knockOut(here, changes);
    const probe = await here.acquire(never);
    if (typeof probe === "object") probe.release({ kind: "unsent" });
    expect(await Promise.race([there.acquire(never), sleep(10_000, "waits")])).toHaveProperty("release");
  });

  it("is not given up for failures among answers", async () => {
    const { first, changes } = workers(500);
    const budget = first();
    for (let count = 0; count < 40; count += 1) await send(budget, count % 4 === 0 ? dead : answered());
    expect(changes.filter(({ event }) => event === "opened")).toEqual([]);
  });
});

describe("a scan that is stopped", () => {
  it("ends its waiting requests in every process at once", async () => {
    const stopped: string[] = [];
    const { first, second } = workers(1, { onScanStopped: (scanId) => stopped.push(scanId) });
    const [here, there] = [first("scan-c"), second("scan-c")];
    await send(here, answered());
    const waiting = [here.acquire(never), there.acquire(never)];
    await sleep(50);
    const asked = performance.now();
    open[1]?.stopScan("scan-c");
    expect(await Promise.all(waiting)).toEqual(["cancelled", "cancelled"]);
    expect(performance.now() - asked).toBeLessThan(500);
    expect(stopped).toEqual(["scan-c", "scan-c"]);
  });
});

import { afterAll, beforeAll, describe, expect, it } from "@jest/globals";
import { flushRedis, mostIn, waitFor } from "@picket/testing";
import { chaosTerms, reportChaos } from "./chaos-terms.ts";
import { type ChaosWorld, createChaosWorld, STEADY } from "./chaos-world.ts";
import { watchRate } from "./rate-watch.ts";
import { scanResult } from "./scan-result.ts";

const RPS = 25;
const LONGEST_MS = 7_200_000;
/** Faster than its target may be asked. */
const plan = { settings: { steady: { requests: 100, pauseMs: 0, atOnce: 8 } } };

let world: ChaosWorld;
beforeAll(async () => {
  world = await createChaosWorld({ plan });
}, 180_000);
afterAll(() => world.close(), 60_000);

/** Strikes at random moments of scans, and looks at what becomes of them and at how fast their target is asked. */
async function strikeScans(strike: (random: () => number) => Promise<void>): Promise<void> {
  const { amount, seed, random } = chaosTerms(1);
  const { platform, fleet, startScan, undisturbed, undisturbedRequests } = world;
  const mostPerSecond: number[] = [];
  const rate = watchRate();
  for (let round = 0; round < amount; round += 1) {
    await fleet.have(2, STEADY);
    const since = performance.now();
    const scanId = await startScan({ rps: RPS });
    const sent = () => world.requestsSince(since).length;
    for (const part of [0.15, 0.45, 0.75]) {
      const point = (part + 0.2 * random()) * undisturbedRequests;
      await waitFor(() => sent() >= point, { timeoutMs: 90_000, what: `request ${point}` });
      await strike(random);
    }
    expect(await scanResult(platform, scanId)).toEqual(undisturbed);
    mostPerSecond.push(
      mostIn(
        1_000,
        world.requestsSince(since).map(({ startedAt }) => startedAt),
      ),
    );
  }
  rate.end();
  await reportChaos({ seed, scans: amount, rps: RPS, mostPerSecond, bar: rate.bar(RPS) });
  expect(Math.max(...mostPerSecond)).toBeLessThanOrEqual(rate.bar(RPS));
}

describe("a scan goes on, ends as if nothing had happened, and never asks its target too fast,", () => {
  it(
    "when Redis is emptied again and again",
    () => strikeScans(() => flushRedis(world.platform.redisUrl)),
    LONGEST_MS,
  );

  it(
    "when Redis goes away and comes back empty",
    () => strikeScans((random) => world.platform.loseRedis(random() * 2_000)),
    LONGEST_MS,
  );
});

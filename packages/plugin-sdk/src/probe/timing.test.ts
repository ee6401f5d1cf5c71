import { describe, expect, it } from "@jest/globals";
import { testHttpResponse } from "../testing/http-response.ts";
import { proveDelay, regressionOf, steadyBase } from "./timing.ts";

type Clock = (value: string, number: number) => number;

async function prove(clock: Clock, base = [80.25, 95.5]) {
  const sent: string[] = [];
  const proof = await proveDelay(
    {
      async send(value, { timeoutMs, askedDelayMs }) {
        expect(Number.isInteger(timeoutMs)).toBe(true);
        expect(askedDelayMs).toBeGreaterThanOrEqual(askedBy(value));
        sent.push(value);
        return testHttpResponse({ body: "", elapsedMs: clock(value, sent.length) });
      },
      delaying: (seconds) => `1;SLEEP(${seconds})`,
      inert: (seconds) => `1;"SLEEP(${seconds})"`,
      signal: new AbortController().signal,
    },
    base,
  );
  return { proof, requests: sent.length };
}

function askedBy(value: string): number {
  return Number(/^1;SLEEP\((\d)\)$/.exec(value)?.[1] ?? 0) * 1_000;
}

describe("proveDelay", () => {
  it("proves a target that waits as long as it is told", async () => {
    const { proof, requests } = await prove((value, number) => 90 + (number % 3) * 20 + askedBy(value));
    expect(proof?.slope).toBeCloseTo(1, 1);
    expect(proof?.correlation).toBeGreaterThan(0.99);
    expect(requests).toBe(8);
  });

  it("proves one whose answers are held up now and then by what else it has to do", async () => {
    for (const late of [2, 4, 6]) {
      const { proof, requests } = await prove(
        (value, number) => 90 + askedBy(value) + (number === late ? 2_700 : 0),
      );
      expect(proof?.slope).toBeCloseTo(1, 1);
      expect(requests).toBe(9);
    }
  });

  it("proves one that waits twice for each request", async () => {
    const { proof } = await prove((value) => 90 + 2 * askedBy(value));
    expect(proof?.slope).toBeCloseTo(2, 1);
  });

  it.each<[string, number, Clock]>([
    ["a target that does not wait", 1, () => 90],
    ["a firewall that answers at once", 1, () => 2],
    ["a page that is always slow once asked", 4, () => 3_300],
    ["a target that waits for the word alone", 4, (value) => (value.includes("SLEEP") ? 4_100 : 90)],
    ["a target that waits a fixed time", 10, (value) => (askedBy(value) > 0 ? 4_100 : 90)],
    ["a target that slows down", 10, (_, number) => 3_000 + number * 700],
    ["one and a half times the delay", 10, (value) => 90 + 1.5 * askedBy(value)],
  ])("is not fooled by %s", async (_, most, clock) => {
    const { proof, requests } = await prove(clock);
    expect(proof).toBeNull();
    expect(requests).toBeLessThanOrEqual(most);
  });

  it("is not fooled by random latency", async () => {
    for (let seed = 1; seed <= 300; seed += 1) {
      const { proof } = await prove((_, number) => (seed * 7_919 + number * 104_729) % 6_000);
      expect(proof).toBeNull();
    }
  });

  it("does not try a target whose plain answers vary or take too long", async () => {
    expect(steadyBase([100])).toBeNull();
    expect(steadyBase([100, 1_400, 1_300])).toBeNull();
    expect(steadyBase([1_400, 110, 100])).toEqual({ fastest: 100, slowest: 110 });
    expect((await prove(() => 90, [100, 1_400])).requests).toBe(0);
    expect((await prove(() => 90, [9_000, 9_100])).requests).toBe(0);
  });
});

describe("regressionOf", () => {
  it("gives slope and correlation", () => {
    const points = [1, 2, 3].map((asked) => ({ asked, elapsedMs: 100 + asked * 1_000 }));
    expect(regressionOf(points)).toEqual({ slope: expect.closeTo(1), correlation: expect.closeTo(1) });
    expect(regressionOf([points[0], points[0]].filter((point) => point !== undefined))).toEqual({
      slope: 0,
      correlation: 0,
    });
  });
});

import { afterEach, describe, expect, it } from "@jest/globals";
import { HOSTILES, type HostileName, startHostile } from "@picket/lab";
import { closeBrokers, outcomeOf, testBroker } from "./test-broker.ts";

const MIB = 1024 * 1024;
const ROUNDS = 3;

/** What a broker must make of each. */
const OUTCOMES: Record<HostileName, string> = {
  "slow-header": "timed_out",
  "slow-body": "timed_out",
  "endless-body": "200, truncated",
  "redirect-loop": "too_many_redirects",
  "redirect-chain": "too_many_redirects",
  "gzip-bomb": "200, truncated",
  "nested-gzip": "200, undecoded",
  "many-codings": "200, undecoded",
  "huge-header": "invalid_response",
  "no-line-end": "timed_out",
  "two-lengths": "invalid_response",
  "bad-chunk": "invalid_response",
  "early-close": "connection_reset",
  reset: "connection_reset",
  "http-0.9": "invalid_response",
  "interim-flood": "timed_out",
  "many-endpoints": "200",
  "false-length": "timed_out",
};

afterEach(closeBrokers);

describe("R10: a hostile target", () => {
  it("is one of eighteen", () => expect(Object.keys(HOSTILES)).toHaveLength(18));

  it.each(Object.entries(OUTCOMES))("%s: %s, on time and in bounded memory", async (name, outcome) => {
    const hostile = await startHostile(name as HostileName);
    const { send, records, permits } = testBroker(hostile.url);
    // Those that end by time have little of it; for the others it is no more than a bar.
    const timeoutMs = outcome === "timed_out" ? 1_000 : 8_000;
    const before = process.memoryUsage().rss;
    const startedAt = performance.now();
    // Four at once, three times: what leaks or adds up would show.
    for (let round = 0; round < ROUNDS; round++) {
      const results = await Promise.all(Array.from({ length: 4 }, () => send({ url: "/", timeoutMs })));
      for (const result of results) expect(outcomeOf(result)).toBe(outcome.split(",")[0]);
    }
    const last = records.at(-1);
    expect([last?.truncated, last?.undecoded]).toEqual([
      outcome.endsWith("truncated"),
      outcome.endsWith("undecoded"),
    ]);
    expect(performance.now() - startedAt).toBeLessThan(ROUNDS * timeoutMs + 5_000);
    expect((process.memoryUsage().rss - before) / MIB).toBeLessThan(150);
    expect(permits.held).toBe(0);
    await hostile.stop();
  });
});

import { afterAll, beforeAll, describe, expect, it } from "@jest/globals";
import type { ExitReason } from "@picket/core";
import { createHarness, type FixtureRun, type Harness } from "./harness.ts";

/** From the deadline to the end of the run, ms (R9). */
const END_WITHIN_MS = 2_000;
/** From the end of the run to the last of its processes, ms (R9). */
const GONE_WITHIN_MS = 5_000;

interface Abuse {
  fixture: string;
  reason: ExitReason;
  detail: RegExp;
  deadlineMs: number;
}

/** Time enough to start, misbehave and be found out on a busy machine. */
const AMPLE_MS = 20_000;

const MATRIX: Abuse[] = [
  { fixture: "throws", reason: "failed", detail: /thrown by the fixture/, deadlineMs: AMPLE_MS },
  { fixture: "exits", reason: "crashed", detail: /without a result: exit code 0/, deadlineMs: AMPLE_MS },
  { fixture: "fills-heap", reason: "out_of_memory", detail: /heap out of memory/, deadlineMs: AMPLE_MS },
  { fixture: "fills-buffers", reason: "out_of_memory", detail: /memory|allocation/i, deadlineMs: AMPLE_MS },
  { fixture: "loops", reason: "timed_out", detail: /not done after/, deadlineMs: 2_000 },
  { fixture: "ignores-sigterm", reason: "timed_out", detail: /not done after/, deadlineMs: 2_000 },
  { fixture: "writes-gigabyte", reason: "timed_out", detail: /not done after/, deadlineMs: 2_000 },
  {
    fixture: "reports-million",
    reason: "protocol_error",
    detail: /more than 200000 events/,
    deadlineMs: 90_000,
  },
  { fixture: "sends-garbage", reason: "protocol_error", detail: /not JSON/, deadlineMs: AMPLE_MS },
  {
    fixture: "sends-huge-message",
    reason: "protocol_error",
    detail: /2147483648 bytes/,
    deadlineMs: AMPLE_MS,
  },
  { fixture: "sends-proto", reason: "protocol_error", detail: /__proto__/, deadlineMs: AMPLE_MS },
  { fixture: "forks", reason: "failed", detail: /--allow-child-process/, deadlineMs: AMPLE_MS },
  { fixture: "opens-files", reason: "failed", detail: /EMFILE/, deadlineMs: AMPLE_MS },
];

let harness: Harness;

beforeAll(async () => {
  harness = await createHarness();
});

afterAll(() => harness.close());

async function abuse({
  fixture,
  deadlineMs,
}: Pick<Abuse, "fixture" | "deadlineMs">): Promise<{ run: FixtureRun; stored: number }> {
  let stored = 0;
  const run = await harness.run(fixture, {
    limits: { memoryMb: 64 },
    deadlineMs,
    ports: {
      async events(batch) {
        stored += batch.length;
      },
    },
  });
  return { run, stored };
}

describe("a plugin that misbehaves", () => {
  it.each(MATRIX)(
    "$fixture: $reason, in time, its results kept and its sibling left alone",
    async (row) => {
      const [{ run, stored }, sibling] = await Promise.all([
        abuse(row),
        harness.run("completes", { settings: { count: 300 }, deadlineMs: 90_000 }),
      ]);
      expect(run).toMatchObject({ reason: row.reason, detail: expect.stringMatching(row.detail) });
      expect(run.endedAt.getTime() - run.startedAt.getTime()).toBeLessThanOrEqual(
        row.deadlineMs + END_WITHIN_MS,
      );
      expect(stored).toBeGreaterThanOrEqual(1);
      expect(run.counters.events).toBe(stored);
      expect(sibling).toMatchObject({ reason: "completed", counters: { events: 600 } });
      await harness.untilGone(GONE_WITHIN_MS);
    },
    120_000,
  );

  it("keeps no more than a few megabytes of a gigabyte of output", async () => {
    const { run } = await abuse({ fixture: "writes-gigabyte", deadlineMs: 2_000 });
    expect(run.counters.stdoutBytes).toBeLessThan(64 * 1024 * 1024);
  });
});

describe("what a plugin says elsewhere or too late", () => {
  it("is no message when it is on stdout or stderr, whatever it looks like", async () => {
    const run = await harness.run("forges-output");
    expect(run).toMatchObject({ reason: "completed", counters: { events: 1 } });
    expect(run.counters.stdoutBytes).toBeGreaterThan(50);
  });

  it("counts for nothing after its last word, and its process is ended", async () => {
    const run = await harness.run("goes-on-after-done");
    expect(run).toMatchObject({ reason: "completed", counters: { events: 1 } });
    await harness.untilGone(GONE_WITHIN_MS);
  });
});

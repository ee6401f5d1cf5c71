import { afterAll, beforeAll, describe, expect, it } from "@jest/globals";
import { AppError, type ExitReason } from "@picket/core";
import { createHarness, type Harness } from "./harness.ts";

let harness: Harness;

beforeAll(async () => {
  harness = await createHarness();
});

afterAll(async () => {
  expect(await harness.leftovers()).toEqual([]);
  await harness.close();
});

describe("a plugin that behaves", () => {
  it("completes, with its events, its log and its counters", async () => {
    const run = await harness.run("completes", { settings: { count: 3 } });
    expect(run).toMatchObject({ reason: "completed", stderrTail: [] });
    expect(run.detail).toBeUndefined();
    expect(run.firstMessageMs).toBeGreaterThan(0);
    expect(run.counters).toMatchObject({ events: 6, httpRequests: 1, stdoutBytes: 0, stderrBytes: 0 });
    expect(run.seen.events.map(({ event }) => event)).toEqual(Array(3).fill(["evidence", "finding"]).flat());
    expect(run.seen.events[0]).toMatchObject({ ref: "e0", snippet: "hello", details: {} });
    expect(run.seen.logs).toEqual([
      { level: "info", message: "read the session", fields: { bytes: 400_000 } },
    ]);
  });

  it("sends more events than it has credits while they are stored slowly, in order", async () => {
    const refs: string[] = [];
    let underWay = 0;
    const run = await harness.run("completes", {
      settings: { count: 400 },
      ports: {
        async events(batch) {
          underWay += 1;
          expect(underWay).toBe(1);
          await new Promise((resolve) => setTimeout(resolve, 5));
          underWay -= 1;
          refs.push(...batch.flatMap((event) => (event.event === "evidence" ? [event.ref] : [])));
        },
      },
    });
    expect(run).toMatchObject({ reason: "completed", counters: { events: 800 } });
    expect(refs).toEqual(Array.from({ length: 400 }, (_, index) => `e${index}`));
  });
});

describe("a plugin that asks for callbacks", () => {
  const token = "ab".repeat(20);
  const hit = {
    token,
    channel: "http",
    at: "2026-01-01T00:00:00Z",
    from: "::1",
    what: "GET /x",
    agent: "",
  } as const;

  it("is given a probe and its hits, and told when there is no listener", async () => {
    const asked: unknown[] = [];
    const run = await harness.run("asks-callbacks", {
      ports: {
        callbacks: {
          probe: async () => ({
            ok: true,
            token,
            httpUrl: "http://oob.test/",
            dnsName: null,
            answer: "word",
          }),
          async hits(...query) {
            asked.push(query);
            return { ok: true, hits: [hit] };
          },
        },
      },
    });
    expect(run).toMatchObject({ reason: "completed", seen: { logs: [{ message: "GET /x" }] } });
    expect(asked).toEqual([[[token], 50]]);
    const without = await harness.run("asks-callbacks");
    expect(without).toMatchObject({ reason: "completed", seen: { logs: [{ message: "off" }] } });
  });
});

describe("each end of a run has one reason", () => {
  it.each<[fixture: string, reason: ExitReason, detail: RegExp]>([
    ["throws", "failed", /^Error: thrown by the fixture\n.*plugin\.ts:9:\d+/],
    ["fills-heap", "out_of_memory", /heap out of memory/],
    ["fills-buffers", "out_of_memory", /memory|allocation/i],
    ["exits", "crashed", /exit code 0/],
    ["aborts", "crashed", /exit code 134|SIGABRT/],
    ["kills-itself", "crashed", /exit code 137|SIGKILL/],
    ["floods-stderr", "failed", /after the flood/],
    ["sends-garbage", "protocol_error", /not JSON/],
    ["sends-unknown-message", "protocol_error", /not a message/],
    ["sends-huge-message", "protocol_error", /2147483648 bytes/],
    ["sends-huge-events", "protocol_error", /events of 3\d{5} bytes/],
    ["sends-proto", "protocol_error", /__proto__/],
    ["sends-deep-message", "protocol_error", /nested/],
    ["overruns-calls", "protocol_error", /64/],
    ["floods-log", "protocol_error", /1000 log lines/],
    ["emits-undeclared", "protocol_error", /never-declared/],
    ["closes-channel", "crashed", /without a result/],
  ])("%s: %s", async (fixture, reason, detail) => {
    const run = await harness.run(fixture, {
      limits: { memoryMb: 64 },
      deadlineMs: 15_000,
      ports: { http: () => new Promise(() => undefined) },
    });
    expect(run).toMatchObject({ reason, detail: expect.stringMatching(detail) });
  });

  it("overruns-credits: protocol_error, when events are stored slower than they come", async () => {
    const run = await harness.run("overruns-credits", {
      ports: { events: () => new Promise((resolve) => setTimeout(resolve, 500)) },
    });
    expect(run).toMatchObject({ reason: "protocol_error", detail: expect.stringMatching(/without credit/) });
    expect({}).not.toHaveProperty("polluted");
  });

  it.each(["loops", "waits", "ignores-sigterm"])(
    "%s: timed_out at the deadline, within the time to kill it",
    async (fixture) => {
      const run = await harness.run(fixture, { deadlineMs: 500 });
      const took = run.endedAt.getTime() - run.startedAt.getTime();
      expect(run.reason).toBe("timed_out");
      expect(took).toBeGreaterThanOrEqual(450);
      expect(took).toBeLessThan(4_000);
    },
  );

  it("ends at the plugin's own limit before the deadline", async () => {
    const run = await harness.run("loops", { limits: { timeoutMs: 300 } });
    expect(run).toMatchObject({ reason: "timed_out", detail: "not done after 300 ms" });
  });

  it.each([[1_000], [0]])("cancelled %i ms after the start", async (afterMs) => {
    const cancel = new AbortController();
    if (afterMs === 0) cancel.abort(new Error("by the operator"));
    else setTimeout(() => cancel.abort(new Error("by the operator")), afterMs);
    const run = await harness.run("waits", { signal: cancel.signal });
    expect(run).toMatchObject({ reason: "cancelled", detail: "by the operator" });
  });
});

describe("limits", () => {
  it("refuses requests beyond the plugin's limit and malformed ones, and goes on", async () => {
    const run = await harness.run("requests-much");
    expect(run).toMatchObject({ reason: "completed", counters: { httpRequests: 150 } });
    expect(run.seen.logs[0]?.fields).toEqual({ reasons: "budget_exhausted", count: 50 });
    expect(run.seen.logs[1]?.fields.detail).toMatch(/^invalid_request .*method/s);
  });

  it("reads a flood of output slowly and keeps none of it", async () => {
    const run = await harness.run("floods-stdout");
    expect(run).toMatchObject({ reason: "completed", counters: { stdoutBytes: 3_000_000 } });
  });

  it("keeps the last 100 lines of stderr", async () => {
    const { stderrTail } = await harness.run("floods-stderr");
    expect(stderrTail).toHaveLength(100);
    expect(stderrTail.at(-1)).toMatch(/^line 29999 x{80}$/);
  });

  it("refuses unknown settings", async () => {
    const run = await harness.run("completes", { settings: { cuont: 1 } });
    expect(run).toMatchObject({ reason: "failed", detail: expect.stringMatching(/cuont/) });
  });
});

describe("when the platform fails", () => {
  const rejecting = (code: "STALE_ATTEMPT" | "PROTOCOL_VIOLATION" | "DATABASE_UNAVAILABLE") => ({
    settings: { count: 1_000 },
    ports: { events: () => Promise.reject(new AppError(code, `because of ${code}`)) },
  });

  it("kills at once a run that another attempt has taken over", async () => {
    const run = await harness.run("completes", rejecting("STALE_ATTEMPT"));
    expect(run).toMatchObject({
      reason: "cancelled",
      detail: "because of STALE_ATTEMPT",
      counters: { events: 0 },
    });
  });

  it("blames the plugin for events that the store refuses", async () => {
    const run = await harness.run("completes", rejecting("PROTOCOL_VIOLATION"));
    expect(run).toMatchObject({ reason: "protocol_error", detail: "because of PROTOCOL_VIOLATION" });
  });

  it("rejects with what went wrong, so that the run is tried again", async () => {
    await expect(harness.run("completes", rejecting("DATABASE_UNAVAILABLE"))).rejects.toMatchObject({
      code: "DATABASE_UNAVAILABLE",
    });
  });
});

it("leaves the runs beside it alone when plugins misbehave", async () => {
  const bad = ["fills-heap", "kills-itself", "sends-garbage", "floods-stdout", "loops"];
  const [good, ...others] = await Promise.all([
    harness.run("completes", { settings: { count: 300 } }),
    ...bad.map((fixture) => harness.run(fixture, { limits: { memoryMb: 64 }, deadlineMs: 8_000 })),
  ]);
  expect(good).toMatchObject({ reason: "completed", counters: { events: 600 } });
  expect(others.map(({ reason }) => reason)).toEqual([
    "out_of_memory",
    "crashed",
    "protocol_error",
    "completed",
    "timed_out",
  ]);
});

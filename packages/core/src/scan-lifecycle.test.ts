import { describe, expect, it } from "@jest/globals";
import fc from "fast-check";
import {
  currentStage,
  isTerminal,
  moduleRunStatus,
  type ScanFacts,
  scanHealth,
  scanProblem,
  scanStatus,
  stopSignal,
} from "./scan-lifecycle.ts";
import { ExitReason, ModuleRunStatus, Stage } from "./vocabulary.ts";

type Run = ScanFacts["runs"][number];

const run = (
  status: ModuleRunStatus,
  plugin = "crawl",
  reason: string | null = null,
  exitReason: ExitReason | null = null,
): Run => ({ plugin, status, reason, exitReason });

const PROVEN = { tries: 4, failures: 0, isLost: false, isProven: true, unmaskedCookies: [] as string[] };

function facts(changes: Partial<ScanFacts> = {}): ScanFacts {
  return {
    runs: [run("succeeded"), run("succeeded", "cors")],
    responses: 10,
    failures: {},
    exchanges: {},
    endpoints: 10,
    baselineEndpoints: null,
    stoppedBy: null,
    pace: { lowestRps: null, events: {}, pausedMs: 0 },
    isCancelled: false,
    isPastDeadline: false,
    isIsolationWeak: false,
    ...changes,
  };
}

describe("a target's pace", () => {
  it("is told when the target was asked more slowly, whatever came after", () => {
    const pace = { lowestRps: 2.5, events: { lowered: 3, raised: 2, halted: 1 }, pausedMs: 30_000 };
    expect(scanHealth(facts({ pace }))).toEqual([
      {
        code: "pace_lowered",
        level: "low",
        detail:
          "lowered 3 times, down to 2.5 requests/s; stopped 1 times because the target asked for it; nothing sent for 30 s",
      },
    ]);
  });

  it("is not told when it rose or closed only: an earlier scan told it", () => {
    const pace = { lowestRps: 5, events: { raised: 1, closed: 1 }, pausedMs: 0 };
    expect(scanHealth(facts({ pace }))).toEqual([]);
  });
});

describe("isTerminal", () => {
  it("is false for queued and running alone", () => {
    expect(ModuleRunStatus.options.filter((status) => !isTerminal(status))).toEqual(["queued", "running"]);
  });
});

describe("moduleRunStatus", () => {
  it("ends a run for every reason, and well for completed alone", () => {
    const ends = ExitReason.options.map((reason) => [reason, moduleRunStatus(reason)] as const);
    expect(ends.every(([, status]) => isTerminal(status))).toBe(true);
    expect(ends.filter(([, status]) => status === "succeeded").map(([reason]) => reason)).toEqual([
      "completed",
    ]);
    expect(moduleRunStatus("timed_out")).toBe("timed_out");
    expect(moduleRunStatus("cancelled")).toBe("cancelled");
  });
});

describe("currentStage", () => {
  it("is the earliest stage with a run that has not ended", () => {
    const runs = fc.array(
      fc.record({
        stage: fc.constantFrom(...Stage.options),
        status: fc.constantFrom(...ModuleRunStatus.options),
      }),
    );
    fc.assert(
      fc.property(runs, (list) => {
        const stage = currentStage(list);
        const open = list
          .filter(({ status }) => !isTerminal(status))
          .map((item) => Stage.options.indexOf(item.stage));
        expect(stage).toBe(open.length === 0 ? null : Stage.options[Math.min(...open)]);
      }),
    );
  });
});

describe("scanStatus", () => {
  it.each<[string, Partial<ScanFacts>]>([
    ["succeeded", {}],
    ["succeeded", { runs: [run("succeeded"), run("skipped")] }],
    ["partially_succeeded", { runs: [run("succeeded"), { ...run("skipped"), isUnoffered: true }] }],
    ["succeeded", { failures: { timed_out: 3, out_of_scope: 2 } }],
    ["partially_succeeded", { runs: [run("succeeded"), run("failed")] }],
    ["partially_succeeded", { runs: [run("succeeded"), run("timed_out")] }],
    ["partially_succeeded", { runs: [run("succeeded"), run("cancelled")] }],
    ["partially_succeeded", { runs: [run("partially_succeeded")] }],
    ["partially_succeeded", { failures: { budget_exhausted: 1 } }],
    ["failed", { runs: [run("failed"), run("skipped")] }],
    ["failed", { runs: [run("skipped")] }],
    ["failed", { runs: [] }],
    ["failed", { responses: 0, failures: { connect_error: 1 } }],
    ["cancelled", { isCancelled: true, runs: [run("cancelled")], isPastDeadline: true }],
    ["timed_out", { isPastDeadline: true, runs: [run("succeeded"), run("timed_out")] }],
    ["succeeded", { isPastDeadline: true }],
  ])("is %s for %j", (status, changes) => {
    expect(scanStatus(facts(changes))).toBe(status);
  });

  it("is never succeeded when a run that was started did not succeed", () => {
    const status = fc.constantFrom(...ModuleRunStatus.options.filter((option) => isTerminal(option)));
    const anyFacts = fc.record({
      statuses: fc.array(status),
      responses: fc.nat(3),
      failures: fc.dictionary(
        fc.constantFrom("connect_error", "out_of_scope", "budget_exhausted"),
        fc.nat(3),
      ),
      isCancelled: fc.boolean(),
      isPastDeadline: fc.boolean(),
    });
    fc.assert(
      fc.property(anyFacts, ({ statuses, ...rest }) => {
        const runs = statuses.map((item) => run(item));
        const isSpoilt = statuses.some((item) => item !== "succeeded" && item !== "skipped");
        if (isSpoilt) expect(scanStatus(facts({ ...rest, runs }))).not.toBe("succeeded");
      }),
    );
  });
});

describe("scanHealth", () => {
  it("has nothing to say of a scan in which all went well", () => {
    expect(scanHealth(facts({ failures: { connect_error: 0 } }))).toEqual([]);
  });

  it.each<[Partial<ScanFacts>, string, string]>([
    [{ responses: 0, failures: { connect_error: 4 } }, "target_unreachable", "high"],
    [{ responses: 5, failures: { timed_out: 4 } }, "requests_failed", "low"],
    [{ responses: 30, exchanges: { healthy: 14, server_error: 16 } }, "requests_failed", "high"],
    [{ exchanges: { healthy: 16, blocked: 16 } }, "waf_blocking", "high"],
    [{ exchanges: { blocked: 3 } }, "waf_blocking", "high"],
    [{ exchanges: { healthy: 9, blocked: 10 } }, "waf_blocking", "low"],
    [{ exchanges: { healthy: 11, blocked: 10 } }, "waf_blocking", "low"],
    [{ exchanges: { healthy: 1, rate_limited: 31 } }, "rate_limited", "high"],
    [{ exchanges: { auth_lost: 30 } }, "auth_lost", "medium"],
    [{ exchanges: { auth_lost: 30 }, wereLoginsOpen: true }, "auth_lost", "high"],
    [{ exchanges: { auth_lost: 30 }, wereLoginsOpen: false }, "auth_lost", "info"],
    [{ exchanges: { healthy: 29, auth_lost: 10 }, wereLoginsOpen: true }, "auth_lost", "low"],
    [
      { exchanges: { auth_lost: 30 }, auth: PROVEN, sessionExchanges: { auth_lost: 20 } },
      "auth_lost",
      "high",
    ],
    [
      { exchanges: { auth_lost: 30 }, auth: PROVEN, sessionExchanges: { healthy: 30 } },
      "auth_lost",
      "medium",
    ],
    [{ auth: { ...PROVEN, unmaskedCookies: ["sid"] } }, "secret_unmasked", "low"],
    [{ endpoints: 4, baselineEndpoints: 10 }, "insufficient_crawl", "medium"],
    [{ endpoints: 1, baselineEndpoints: 10 }, "insufficient_crawl", "high"],
    [{ runs: [run("failed", "cors", null, "crashed")] }, "plugin_crashed", "medium"],
    [{ runs: [run("failed", "cors", null, "out_of_memory")] }, "plugin_crashed", "medium"],
    [{ runs: [run("timed_out", "cors", null, "timed_out")] }, "plugin_timed_out", "medium"],
    [{ responses: 4, failures: { timed_out: 3, dns_error: 2 } }, "requests_failed", "high"],
    [{ failures: { out_of_scope: 1, capability_missing: 1 } }, "requests_refused", "info"],
    [{ failures: { budget_exhausted: 1 } }, "budget_exhausted", "medium"],
    [{ runs: [run("failed", "cors", "crashed")] }, "plugin_failed", "medium"],
    [{ runs: [run("skipped", "cors", "not granted")] }, "plugin_skipped", "info"],
    [{ exchanges: { healthy: 6, blocked: 14 } }, "waf_blocking", "low"],
    [{ isIsolationWeak: true }, "isolation_weak", "low"],
  ])("of %j is %s, %s", (changes, code, level) => {
    expect(scanHealth(facts(changes))).toEqual([{ code, level, detail: expect.any(String) }]);
  });

  it("does not hold the size of a small baseline, or half of it, against a crawl", () => {
    expect(scanHealth(facts({ endpoints: 1, baselineEndpoints: 9 }))).toEqual([]);
    expect(scanHealth(facts({ endpoints: 5, baselineEndpoints: 10 }))).toEqual([]);
  });

  it("does not take requests that were never sent for failures of the target", () => {
    const unsent = { out_of_scope: 5, capability_missing: 5, budget_exhausted: 5, cancelled: 5 };
    const codes = scanHealth(facts({ responses: 0, failures: unsent })).map(({ code }) => code);
    expect(codes).toEqual(["requests_refused", "budget_exhausted"]);
  });

  it("names plugin and reason, and every cause with its count", () => {
    const signals = scanHealth(
      facts({ failures: { timed_out: 2, dns_error: 1 }, runs: [run("failed", "cors", "out_of_memory")] }),
    );
    expect(signals.map(({ detail }) => detail)).toEqual([
      "3 of 13 requests; timed_out: 2, dns_error: 1",
      "cors: out_of_memory",
    ]);
  });
});

describe("stopSignal", () => {
  it.each<[string | null, Partial<ScanFacts>]>([
    [null, {}],
    [null, { responses: 9, failures: { timed_out: 10 } }],
    [null, { endpoints: 1, baselineEndpoints: 100 }],
    [null, { exchanges: { auth_lost: 100 } }],
    [null, { exchanges: { auth_lost: 100 }, wereLoginsOpen: false }],
    ["auth_lost", { exchanges: { auth_lost: 100 }, wereLoginsOpen: true }],
    [null, { responses: 30, failures: { timed_out: 20 } }],
    [null, { responses: 13_000, failures: { connection_reset: 30 } }],
    ["requests_failed", { responses: 10, failures: { timed_out: 10 } }],
    ["target_unreachable", { responses: 0, failures: { connect_error: 1 } }],
    ["waf_blocking", { exchanges: { healthy: 8, blocked: 24 } }],
    ["rate_limited", { exchanges: { rate_limited: 20 } }],
  ])("is %s for %j", (code, changes) => {
    expect(stopSignal(facts(changes))?.code ?? null).toBe(code);
  });

  it("stays in the health of the scan that it stopped, which does not succeed", () => {
    const stopped = facts({ stoppedBy: "waf_blocking", exchanges: { healthy: 100, blocked: 15 } });
    expect(scanHealth(stopped)).toEqual([
      {
        code: "waf_blocking",
        level: "high",
        detail: "stopped the scan: 15 of 115 requests for known places were blocked",
      },
    ]);
    expect(scanStatus(stopped)).toBe("partially_succeeded");
  });
});

describe("scanProblem", () => {
  it.each<[string | null, Partial<ScanFacts>]>([
    [null, {}],
    [null, { runs: [run("failed")], failures: { budget_exhausted: 3 } }],
    ["cancelled", { isCancelled: true, exchanges: { blocked: 20 } }],
    ["network_error", { responses: 0, failures: { connect_error: 1 } }],
    ["blocked", { exchanges: { blocked: 20 } }],
    ["rate_limited", { exchanges: { rate_limited: 20 } }],
    ["location_not_reached", { endpoints: 0, baselineEndpoints: 10 }],
    ["rate_limited", { stoppedBy: "rate_limited" }],
  ])("is %s for %j", (reason, changes) => {
    expect(scanProblem(facts(changes))).toBe(reason);
  });
});

import { describe, expect, it } from "@jest/globals";
import fc from "fast-check";
import {
  currentStage,
  isTerminal,
  moduleRunStatus,
  type ScanFacts,
  scanHealth,
  scanStatus,
} from "./scan-lifecycle.ts";
import { ExitReason, ModuleRunStatus, Stage } from "./vocabulary.ts";

type Run = ScanFacts["runs"][number];

const run = (status: ModuleRunStatus, plugin = "crawl", reason: string | null = null): Run => ({
  plugin,
  status,
  reason,
});

function facts(changes: Partial<ScanFacts> = {}): ScanFacts {
  return {
    runs: [run("succeeded"), run("succeeded", "cors")],
    responses: 10,
    failures: {},
    isCancelled: false,
    isPastDeadline: false,
    isIsolationWeak: false,
    ...changes,
  };
}

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
    [{ responses: 4, failures: { timed_out: 4 } }, "requests_failed", "low"],
    [{ responses: 4, failures: { timed_out: 3, dns_error: 2 } }, "requests_failed", "high"],
    [{ failures: { out_of_scope: 1, capability_missing: 1 } }, "requests_refused", "info"],
    [{ failures: { budget_exhausted: 1 } }, "budget_exhausted", "medium"],
    [{ runs: [run("failed", "cors", "crashed")] }, "plugin_failed", "medium"],
    [{ runs: [run("skipped", "cors", "not granted")] }, "plugin_skipped", "info"],
    [{ isIsolationWeak: true }, "isolation_weak", "low"],
  ])("of %j is %s, %s", (changes, code, level) => {
    expect(scanHealth(facts(changes))).toEqual([{ code, level, detail: expect.any(String) }]);
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

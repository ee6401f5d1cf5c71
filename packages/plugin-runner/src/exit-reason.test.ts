import { describe, expect, it } from "@jest/globals";
import { type ExitFacts, exitReason } from "./exit-reason.ts";

const EXIT = { code: 0, signal: null, stderrTail: [] };
const ERROR = { name: "Error", message: "broken", stack: "Error: broken\n    at run" };

function reasonOf(facts: Partial<ExitFacts>) {
  return exitReason({ stop: null, lastWord: null, end: EXIT, ...facts });
}

describe("exitReason", () => {
  it("puts what the parent decided before all that follows from it", () => {
    const stop = { reason: "timed_out", detail: "late" } as const;
    expect(reasonOf({ stop, lastWord: { kind: "failed", error: ERROR } })).toEqual(stop);
    expect(reasonOf({ stop, lastWord: { kind: "done" } })).toEqual(stop);
    expect(reasonOf({ stop, end: { code: null, signal: "SIGKILL", stderrTail: [] } })).toEqual(stop);
  });

  it("believes the child's last word over how the process ended after it", () => {
    expect(reasonOf({ lastWord: { kind: "done" }, end: { ...EXIT, code: 1 } }).reason).toBe("completed");
    expect(reasonOf({ lastWord: { kind: "failed", error: ERROR } })).toEqual({
      reason: "failed",
      detail: ERROR.stack,
    });
  });

  it.each(["Array buffer allocation failed", "Failed to allocate memory"])(
    "knows %s as out of memory",
    (message) => {
      expect(reasonOf({ lastWord: { kind: "failed", error: { ...ERROR, message } } }).reason).toBe(
        "out_of_memory",
      );
    },
  );

  it("reads out of memory from stderr when the process died of it", () => {
    const stderrTail = [
      "",
      "FATAL ERROR: Reached heap limit Allocation failed - JavaScript heap out of memory",
    ];
    expect(reasonOf({ end: { code: 134, signal: null, stderrTail } }).reason).toBe("out_of_memory");
    expect(reasonOf({ end: { code: null, signal: "SIGABRT", stderrTail } }).reason).toBe("out_of_memory");
    expect(reasonOf({ end: { code: 0, signal: null, stderrTail } }).reason).toBe("crashed");
  });

  it("calls every other end without a result a crash, and says how", () => {
    expect(reasonOf({})).toEqual({ reason: "crashed", detail: "ended without a result: exit code 0" });
    expect(reasonOf({ end: { code: null, signal: "SIGSEGV", stderrTail: [] } }).detail).toContain("SIGSEGV");
  });
});

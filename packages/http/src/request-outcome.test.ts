import { describe, expect, it } from "@jest/globals";
import { FetchError } from "./fetch-error.ts";
import { outcomeOf, retryAfter } from "./request-outcome.ts";

const now = Date.parse("2026-11-21T12:00:00Z");
const asked = (value: string) => retryAfter([["retry-after", value]], now);

describe("Retry-After", () => {
  it("is read as seconds and as a date", () => {
    expect(asked("7")).toBe(7_000);
    expect(asked("Sat, 21 Nov 2026 12:00:30 GMT")).toBe(30_000);
  });

  it("is no pause when it has passed or makes no sense, and an hour at most", () => {
    expect(asked("Sat, 21 Nov 2026 11:00:00 GMT")).toBe(0);
    expect(asked("soon")).toBeNull();
    expect(asked("-5")).toBeNull();
    expect(retryAfter([], now)).toBeNull();
    expect(asked("999999999")).toBe(3_600_000);
  });
});

describe("outcome of a request", () => {
  it("tells a target that cannot be reached from one that is slow, and both from what was never sent", () => {
    const kinds = (["connect_error", "timed_out", "cancelled", "invalid_response"] as const).map(
      (reason) => outcomeOf(new FetchError(reason, "x"), 1).kind,
    );
    expect(kinds).toEqual(["unreachable", "timed_out", "unsent", "unsent"]);
  });
});

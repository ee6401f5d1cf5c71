import { describe, expect, it } from "@jest/globals";
import type { CoverageHealth, DetectorLook } from "./change.ts";
import {
  decideRecheck,
  isControlHealthy,
  MAX_RECHECK_REQUESTS,
  type RecheckFacts,
  recheckPlaces,
  worstHealth,
} from "./recheck.ts";

function look(...places: (CoverageHealth | null)[]): DetectorLook {
  return { status: "succeeded", isChanged: false, places };
}

function decide(changes: Partial<RecheckFacts>) {
  return decideRecheck({
    isSeen: false,
    isSeenMeanwhile: false,
    isCancelled: false,
    isControlHealthy: true,
    isPartial: false,
    looks: [look("healthy", "healthy")],
    ...changes,
  });
}

describe("decideRecheck", () => {
  it("says absent only when every detector looked at every place and the control held", () => {
    expect(decide({})).toEqual({ verdict: "absent", reason: null });
  });

  it("says present for what was seen, however bad the rest was", () => {
    const facts = { isSeen: true, isControlHealthy: false, isPartial: true, looks: [look("blocked")] };
    expect(decide(facts)).toEqual({ verdict: "present", reason: null });
  });

  it.each<[string, Partial<RecheckFacts>]>([
    ["blocked", { looks: [look("healthy", "blocked")] }],
    ["network_error", { looks: [look("network_error")], isControlHealthy: false }],
    ["location_not_reached", { looks: [look("healthy", null)] }],
    ["plugin_failed", { looks: [{ ...look("healthy"), status: "failed" }] }],
    ["plugin_not_run", { looks: [look("healthy"), { ...look("healthy"), status: "skipped" }] }],
    ["plugin_not_run", { looks: [] }],
    ["plugin_changed", { looks: [{ ...look("healthy"), isChanged: true }] }],
    ["cancelled", { isCancelled: true }],
    ["control_failed", { isControlHealthy: false }],
    ["too_many_places", { isPartial: true }],
    ["seen_meanwhile", { isSeenMeanwhile: true }],
  ])("is inconclusive: %s", (reason, facts) => {
    expect(decide(facts)).toEqual({ verdict: "inconclusive", reason });
  });
});

describe("worstHealth", () => {
  it("is the worst of a place's exchanges, and nothing without any", () => {
    expect(worstHealth([{ status: 200 }, { status: 404 }])).toBe("healthy");
    expect(worstHealth([{ status: 200 }, { status: 403 }])).toBe("blocked");
    expect(worstHealth([{ failure: "connect_error" }])).toBe("network_error");
    expect(worstHealth([])).toBeNull();
  });
});

describe("isControlHealthy", () => {
  it("believes a page or a redirect, and no error", () => {
    expect([200, 302, 404, 403, 500, null].map(isControlHealthy)).toEqual([
      true,
      true,
      false,
      false,
      false,
      false,
    ]);
  });
});

describe("recheckPlaces", () => {
  it("leaves room for the control, each place's replay and the detector's own requests", () => {
    expect(1 + recheckPlaces(false)).toBeLessThanOrEqual(MAX_RECHECK_REQUESTS);
    expect(1 + recheckPlaces(true) * (1 + 5)).toBeLessThanOrEqual(MAX_RECHECK_REQUESTS);
    expect(recheckPlaces(true)).toBeGreaterThan(0);
  });
});

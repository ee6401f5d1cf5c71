import { describe, expect, it } from "@jest/globals";
import type { CoverageHealth, DetectorLook } from "./change.ts";
import {
  type ControlFacts,
  decideRecheck,
  isControlHealthy,
  MAX_RECHECK_REQUESTS,
  RECHECK_ROOM,
  type RecheckFacts,
  recheckRoom,
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
    isDeleted: false,
    isMethodLeftOut: false,
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
    ["finding_deleted", { isDeleted: true, looks: [look("blocked")] }],
    ["method_not_replayed", { isMethodLeftOut: true, looks: [look("healthy", null)] }],
    ["blocked", { isMethodLeftOut: true, looks: [look("blocked", null)] }],
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
  const page = (status: number, bodyBytes = 5_000, contentType: string | null = "text/html") => ({
    status,
    bodyBytes,
    contentType,
  });

  it.each<[string, ControlFacts]>([
    ["as it was", { before: page(200), now: page(200), nowhere: page(404) }],
    ["another page than before", { before: page(200), now: page(200, 900), nowhere: page(404) }],
    ["a site that refuses what it has not", { before: page(200), now: page(200), nowhere: page(401) }],
    [
      "a site that has one page for everything",
      { before: page(200), now: page(200, 5_100), nowhere: page(200) },
    ],
  ])("believes %s", (_what, facts) => {
    expect(isControlHealthy(facts)).toBe(true);
  });

  it.each<[string, ControlFacts]>([
    ["a wall", { before: page(200), now: page(403), nowhere: page(403) }],
    ["a redirect to a login", { before: page(200), now: page(302), nowhere: page(302) }],
    ["a soft 404 for everything", { before: page(200), now: page(200, 60), nowhere: page(200, 60) }],
    [
      "another kind of content",
      { before: page(200), now: page(200, 5_000, "text/plain"), nowhere: page(404) },
    ],
    ["a dead server", { before: page(200), now: null, nowhere: null }],
    ["a server that died between", { before: page(200), now: page(200), nowhere: null }],
    ["nothing to compare with", { before: null, now: page(200), nowhere: page(404) }],
  ])("does not believe %s", (_what, facts) => {
    expect(isControlHealthy(facts)).toBe(false);
  });
});

describe("recheckRoom", () => {
  it.each<[string, boolean[], { places: number; left: number }]>([
    ["few places that are only read", [false, false], { places: 2, left: 16 }],
    ["many places that are only read", Array(300).fill(false), { places: 18, left: 0 }],
    ["places that detectors ask for themselves", Array(300).fill(true), { places: 3, left: 0 }],
    ["both", [true, false, false, true, true], { places: 4, left: 4 }],
  ])("counts the controls, the replay and the detectors' own requests: %s", (_what, asks, room) => {
    expect(recheckRoom(asks)).toEqual(room);
    expect(RECHECK_ROOM + 2).toBe(MAX_RECHECK_REQUESTS);
  });
});

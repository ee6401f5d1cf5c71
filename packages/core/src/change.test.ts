import { describe, expect, it } from "@jest/globals";
import fc from "fast-check";
import {
  type ChangeFacts,
  CoverageHealth,
  type DetectorLook,
  decideChange,
  exchangeHealth,
  NotObservedReason,
  newCause,
  placeHealth,
} from "./change.ts";
import { ModuleRunStatus } from "./vocabulary.ts";

const LOOK: DetectorLook = { status: "succeeded", isChanged: false, places: ["healthy"] };

const UNSEEN: ChangeFacts = {
  isSeen: false,
  isFirstSeen: false,
  wasFixed: false,
  scanProblem: null,
  looks: [LOOK],
};

/** So that one thing alone stands in the way often enough. */
const mostly = <Value>(usual: Value, other: fc.Arbitrary<Value>) =>
  fc.oneof({ arbitrary: fc.constant(usual), weight: 9 }, { arbitrary: other, weight: 1 });

const unseen = (look: Partial<DetectorLook>) => decideChange({ ...UNSEEN, looks: [{ ...LOOK, ...look }] });

describe("decideChange", () => {
  it("calls what is seen new, reopened or still present", () => {
    const seen = { ...UNSEEN, isSeen: true };
    expect(decideChange({ ...seen, isFirstSeen: true }).change).toBe("new");
    expect(decideChange({ ...seen, wasFixed: true }).change).toBe("reopened");
    expect(decideChange(seen).change).toBe("still_present");
  });

  it("calls fixed what every detector looked for everywhere, with healthy answers", () => {
    expect(decideChange(UNSEEN)).toEqual({ change: "fixed", reason: null });
    expect(unseen({ places: ["healthy", "healthy"] }).change).toBe("fixed");
  });

  it.each<[Partial<DetectorLook>, string]>([
    [{ status: null }, "plugin_not_run"],
    [{ status: "skipped" }, "plugin_not_run"],
    [{ status: "failed" }, "plugin_failed"],
    [{ status: "timed_out" }, "plugin_failed"],
    [{ status: "cancelled" }, "cancelled"],
    [{ isChanged: true }, "plugin_changed"],
    [{ places: [null] }, "location_not_reached"],
    [{ places: ["healthy", null] }, "location_not_reached"],
    [{ places: ["blocked"] }, "blocked"],
    [{ places: [null, "rate_limited"] }, "rate_limited"],
    [{ places: ["auth_lost", "network_error"] }, "auth_lost"],
  ])("does not call %j fixed but %s", (look, reason) => {
    expect(unseen(look)).toEqual({ change: "not_observed", reason });
  });

  it("needs all detectors of a finding, not one of them", () => {
    const looks = [LOOK, { ...LOOK, status: null }];
    expect(decideChange({ ...UNSEEN, looks }).reason).toBe("plugin_not_run");
    expect(decideChange({ ...UNSEEN, looks: [] }).reason).toBe("plugin_not_run");
  });

  it("fixes nothing in a scan that is spoilt, and says by what", () => {
    expect(decideChange({ ...UNSEEN, scanProblem: "cancelled" }).reason).toBe("cancelled");
    const looks = [{ ...LOOK, status: null }];
    expect(decideChange({ ...UNSEEN, looks, scanProblem: "blocked" }).reason).toBe("blocked");
  });

  it("never says fixed when anything stood in the way", () => {
    const look = fc.record({
      status: mostly<ModuleRunStatus | null>(
        "succeeded",
        fc.option(fc.constantFrom(...ModuleRunStatus.options)),
      ),
      isChanged: mostly(false, fc.boolean()),
      places: fc.array(
        mostly<CoverageHealth | null>("healthy", fc.option(fc.constantFrom(...CoverageHealth.options))),
        {
          maxLength: 5,
        },
      ),
    });
    const problem = mostly<NotObservedReason | null>(null, fc.constantFrom(...NotObservedReason.options));
    fc.assert(
      fc.property(fc.array(look, { maxLength: 4 }), problem, (looks, scanProblem) => {
        const isClear =
          scanProblem === null &&
          looks.length > 0 &&
          looks.every(
            ({ status, isChanged, places }) =>
              status === "succeeded" && !isChanged && places.every((health) => health === "healthy"),
          );
        expect(decideChange({ ...UNSEEN, looks, scanProblem }).change === "fixed").toBe(isClear);
      }),
    );
  });
});

describe("exchangeHealth", () => {
  it.each([
    [{ status: 200 }, "healthy"],
    [{ status: 302 }, "healthy"],
    [{ status: 302, location: "/catalogue" }, "healthy"],
    [{ status: 302, location: "https://app.test/login?next=%2F" }, "auth_lost"],
    [{ status: 303, location: "/account/sign-in.php" }, "auth_lost"],
    [{ status: 302, location: "/search?q=/login" }, "healthy"],
    [{ status: 200, location: "/login" }, "healthy"],
    [{ status: 404 }, "healthy"],
    [{ status: 401 }, "auth_lost"],
    [{ status: 403 }, "blocked"],
    [{ status: 429 }, "rate_limited"],
    [{ status: 503 }, "server_error"],
    [{ failure: "timed_out" }, "network_error"],
    [{ failure: "out_of_scope" }, "out_of_scope"],
    [{ failure: "budget_exhausted" }, "budget_exhausted"],
  ])("%j is %s", (outcome, health) => expect(exchangeHealth(outcome)).toBe(health));
});

describe("placeHealth", () => {
  it.each([
    ["healthy", null, "healthy"],
    [null, "healthy", null],
    ["blocked", "healthy", "blocked"],
    ["blocked", null, "blocked"],
    ["server_error", "blocked", "server_error"],
    ["server_error", "server_error", "healthy"],
    ["auth_lost", "auth_lost", "healthy"],
    ["network_error", "network_error", "network_error"],
    ["rate_limited", "rate_limited", "rate_limited"],
  ] as const)("of %s, found when %s, is %s", (now, whenFound, health) =>
    expect(placeHealth({ now, whenFound })).toBe(health),
  );
});

describe("newCause", () => {
  const detector = { codeDigest: "c1", configHash: "h1" };
  const facts = {
    hasBaseline: true,
    baselineDetector: detector,
    detector,
    wasPlaceCovered: true,
    isScopeChanged: false,
  };

  it.each([
    [{}, "new_exposure"],
    [{ hasBaseline: false, baselineDetector: null }, "new_exposure"],
    [{ baselineDetector: null }, "new_detector"],
    [{ detector: { ...detector, codeDigest: "c2" } }, "new_rule_version"],
    [{ detector: { ...detector, configHash: "h2" } }, "new_rule_version"],
    [{ wasPlaceCovered: false, isScopeChanged: true }, "scope_change"],
    [{ wasPlaceCovered: true, isScopeChanged: true }, "new_exposure"],
    [{ wasPlaceCovered: false }, "new_exposure"],
  ])("of %j is %s", (change, cause) => expect(newCause({ ...facts, ...change })).toBe(cause));
});

import { describe, expect, it } from "@jest/globals";
import { PROFILES } from "./profile.ts";
import { maySubmitForms } from "./request-policy.ts";
import { sideEffectOf, sideEffectsIn } from "./side-effect.ts";

describe("sideEffectOf", () => {
  it("is the worst that a capability allows", () => {
    expect(sideEffectOf([])).toBe("passive");
    expect(sideEffectOf(["http:passive", "auth:use", "intel:read", "dns:resolve"])).toBe("passive");
    expect(sideEffectOf(["tls:connect"])).toBe("safe_active");
    expect(sideEffectOf(["http:active", "auth:use"])).toBe("safe_active");
    expect(sideEffectOf(["http:intrusive", "http:active"])).toBe("intrusive");
  });

  it("says which classes a profile lets in", () => {
    const classes = (name: keyof typeof PROFILES) => sideEffectsIn(PROFILES[name].capabilities);
    expect(classes("passive")).toEqual(["passive"]);
    expect(classes("standard")).toEqual(["passive", "safe_active"]);
    expect(classes("full")).toEqual(["passive", "safe_active", "intrusive"]);
  });
});

describe("maySubmitForms", () => {
  it.each([
    ["never", [false, false, false]],
    ["intrusive", [false, false, true]],
    ["safe_active", [false, true, true]],
  ] as const)("%s", (forms, expected) => {
    const classes = ["passive", "safe_active", "intrusive"] as const;
    expect(classes.map((sideEffect) => maySubmitForms({ forms }, sideEffect))).toEqual(expected);
  });
});

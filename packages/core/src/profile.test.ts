import { describe, expect, it } from "@jest/globals";
import type { PluginManifest } from "./plugin-manifest.ts";
import { grantedCapabilities, PROFILES, ProfileName, skipReason } from "./profile.ts";
import { parseWebUrl } from "./web-url.ts";

const HTTP = parseWebUrl("http://app.test/");
const HTTPS = parseWebUrl("https://app.test/");

function manifest(changes: Partial<PluginManifest>): PluginManifest {
  return {
    protocol: 1,
    name: "sample",
    description: "A sample.",
    version: "1.0.0",
    requiredCapabilities: [],
    optionalCapabilities: [],
    stage: "inspect",
    appliesTo: {},
    emits: [],
    configSchema: {},
    defaultConfig: {},
    limits: { timeoutMs: 1_000, memoryMb: 64, maxRequests: 0 },
    ...changes,
  };
}

describe("PROFILES", () => {
  it("grants in each profile what the one before grants, and more", () => {
    const [passive, standard, full] = ProfileName.options.map((name) => new Set(PROFILES[name].capabilities));
    expect(passive?.isSubsetOf(standard ?? new Set())).toBe(true);
    expect(standard?.isSubsetOf(full ?? new Set())).toBe(true);
    expect([
      passive?.has("http:active"),
      standard?.has("http:intrusive"),
      full?.has("http:intrusive"),
    ]).toEqual([false, false, true]);
  });

  it("gives a plugin what it needs, and of what it can use only what is granted", () => {
    const needs = {
      requiredCapabilities: ["http:passive"],
      optionalCapabilities: ["http:intrusive"],
    } satisfies Partial<PluginManifest>;
    const capabilitiesIn = (name: ProfileName) => grantedCapabilities(needs, PROFILES[name].capabilities);
    expect(ProfileName.options.map(capabilitiesIn)).toEqual([
      ["http:passive"],
      ["http:passive"],
      ["http:passive", "http:intrusive"],
    ]);
  });

  it("names each profile as its key does", () => {
    for (const name of ProfileName.options) expect(PROFILES[name].name).toBe(name);
  });
});

describe("skipReason", () => {
  it("is null when all is granted", () => {
    const needs = manifest({ requiredCapabilities: ["http:passive", "auth:use"] });
    expect(skipReason(needs, PROFILES.passive, HTTP)).toBeNull();
    expect(skipReason(manifest({}), PROFILES.passive, HTTP)).toBeNull();
  });

  it("names every missing capability, and those alone", () => {
    const needs = manifest({ requiredCapabilities: ["http:passive", "http:active", "http:intrusive"] });
    expect(skipReason(needs, PROFILES.passive, HTTP)).toBe(
      "profile passive does not grant http:active, http:intrusive",
    );
    expect(skipReason(needs, PROFILES.full, HTTP)).toBeNull();
  });

  it("skips a target of another scheme", () => {
    const tls = manifest({ appliesTo: { schemes: ["https"] } });
    expect(skipReason(tls, PROFILES.full, HTTP)).toBe("applies to https targets only");
    expect(skipReason(tls, PROFILES.full, HTTPS)).toBeNull();
  });
});

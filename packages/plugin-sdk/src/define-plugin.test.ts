import { describe, expect, it } from "@jest/globals";
import { PluginManifest } from "@picket/core";
import { z } from "zod";
import { definePlugin, isPlugin, manifestOf, parseSettings } from "./define-plugin.ts";

const plugin = definePlugin({
  name: "example",
  description: "An example.",
  version: "1.2.3",
  requiredCapabilities: ["http:passive"],
  stage: "inspect",
  emits: ["example-finding"],
  config: z.object({ depth: z.int().min(1).default(2), words: z.array(z.string()).default(["a"]) }),
  limits: { maxRequests: 5 },
  async *run() {
    yield* [];
  },
});

describe("definePlugin", () => {
  it("makes the only thing that counts as a plugin", () => {
    expect(isPlugin(plugin)).toBe(true);
    expect([{ name: "x", run: plugin.run }, null, 1, undefined].some(isPlugin)).toBe(false);
  });

  it("states a manifest with settings as JSON Schema and as defaults", () => {
    const manifest = PluginManifest.parse(manifestOf(plugin));
    expect(manifest.defaultConfig).toEqual({ depth: 2, words: ["a"] });
    expect(manifest.configSchema).toMatchObject({ properties: { depth: { default: 2, minimum: 1 } } });
    expect(manifest.limits).toEqual({ timeoutMs: 300_000, memoryMb: 256, maxRequests: 5 });
  });

  it("refuses settings that are unknown or of the wrong type, by name", () => {
    expect(parseSettings(plugin, { depth: 4 })).toEqual({ depth: 4, words: ["a"] });
    expect(() => parseSettings(plugin, { dept: 4 })).toThrow("dept");
    expect(() => parseSettings(plugin, { depth: "4" })).toThrow(/depth/);
  });
});

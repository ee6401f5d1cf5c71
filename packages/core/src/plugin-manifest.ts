import { z } from "zod";
import { PLUGIN_PROTOCOL } from "./plugin-protocol.ts";
import { Capability, Stage } from "./vocabulary.ts";

export const PluginName = z
  .string()
  .max(64)
  .regex(/^[a-z][a-z0-9]*(-[a-z0-9]+)*$/, { error: "must be kebab-case, such as security-headers" });

export const FindingType = z
  .string()
  .max(96)
  .regex(/^[a-z][a-z0-9]*(-[a-z0-9]+)*$/, { error: "must be kebab-case, such as missing-hsts" });

/** Semantic version 2.0.0, without build metadata. */
const PluginVersion = z
  .string()
  .max(64)
  .regex(/^(0|[1-9]\d*)\.(0|[1-9]\d*)\.(0|[1-9]\d*)(-[0-9A-Za-z.-]+)?$/, {
    error: "must be a semantic version, such as 1.4.0",
  });

/** What a run of the plugin may use at most; a scan's deadline and the target's budget cut it further. */
export const PluginLimits = z.strictObject({
  /** Wall time of one run, ms. At its end the process is killed and the run is `timed_out`. */
  timeoutMs: z.int().min(1_000).max(3_600_000).default(300_000),
  /** Memory of the process, MiB, JavaScript heap and buffers each. */
  memoryMb: z.int().min(64).max(2_048).default(256),
  /** Requests that one run may make. */
  maxRequests: z.int().min(0).max(1_000_000).default(10_000),
});
export type PluginLimits = z.infer<typeof PluginLimits>;

/** Data by which the planner selects; no code runs. */
export const AppliesTo = z.strictObject({
  /** Schemes of the target's base URL; absent: any. */
  schemes: z
    .array(z.enum(["http", "https"]))
    .min(1)
    .optional(),
});
export type AppliesTo = z.infer<typeof AppliesTo>;

/** Knowledge that a plugin judges by and that ages: what an operator may replace by newer. */
export const PluginData = z.strictObject({
  /** As its makers count; the start of its hash where they do not say. */
  version: z.string().min(1).max(64),
  /** When it was made; null: they do not say. */
  date: z.iso.date().nullable(),
  sha256: z.string().regex(/^[0-9a-f]{64}$/),
});
export type PluginData = z.infer<typeof PluginData>;

/** All that the platform knows of a plugin without running it. The plugin states it itself, inside the sandbox. */
export const PluginManifest = z.strictObject({
  protocol: z.literal(PLUGIN_PROTOCOL),
  name: PluginName,
  description: z.string().min(1).max(500),
  version: PluginVersion,
  /** All of them must be granted by the profile, or the module is skipped with the missing ones named. */
  requiredCapabilities: z.array(Capability).max(Capability.options.length),
  /** What it does more where the profile grants them; it runs without. */
  optionalCapabilities: z.array(Capability).max(Capability.options.length).default([]),
  stage: Stage,
  appliesTo: AppliesTo,
  /** Finding types that the plugin may report; any other is a protocol error. */
  emits: z.array(FindingType).max(200),
  /** JSON Schema of the settings. */
  configSchema: z.record(z.string(), z.json()),
  /** Settings when the profile sets none. */
  defaultConfig: z.record(z.string(), z.json()),
  limits: PluginLimits,
  data: PluginData.optional(),
});
export type PluginManifest = z.infer<typeof PluginManifest>;

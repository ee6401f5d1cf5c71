import { z } from "zod";
import { PluginData, PluginManifest } from "../plugin-manifest.ts";
import { ProfileName } from "../profile.ts";
import { Capability, SideEffect, StorageMode } from "../vocabulary.ts";
import { JsonObject, Sha256 } from "./common.ts";

const MANIFEST = PluginManifest.shape;

/** A plugin that scans are planned with. */
export const PluginResource = z
  .object({
    name: MANIFEST.name,
    version: MANIFEST.version,
    description: MANIFEST.description,
    stage: MANIFEST.stage,
    requiredCapabilities: MANIFEST.requiredCapabilities,
    optionalCapabilities: z
      .array(Capability)
      .describe(
        "What it does more where the profile grants them; each module run says what class it then was.",
      ),
    sideEffect: SideEffect.describe(
      "What its requests may do to a target, which follows from the required capabilities: `passive`, what a visitor's do; " +
        "`safe_active`, nothing, though no visitor sends them; `intrusive`, they may change what it stores.",
    ),
    emits: MANIFEST.emits,
    configSchema: JsonObject.describe("JSON Schema of the settings."),
    defaultConfig: JsonObject.describe("Settings when a scan sets none."),
    limits: z.object({ timeoutMs: z.int(), memoryMb: z.int(), maxRequests: z.int() }),
    data: PluginData.nullable().describe(
      "What it judges by that ages; null: nothing. Part of the code digest.",
    ),
    codeDigest: Sha256,
    origin: z.string().describe("`builtin`, or the folder it was loaded from."),
  })
  .meta({ id: "Plugin" });
export type PluginResource = z.infer<typeof PluginResource>;

/** What a scan may be asked for by name. */
export const ProfileResource = z
  .object({
    name: ProfileName,
    description: z.string(),
    capabilities: z.array(Capability),
    sideEffects: z.array(SideEffect).describe("Classes of plugins that run under it, mildest first."),
    storageMode: StorageMode,
  })
  .meta({ id: "Profile" });
export type ProfileResource = z.infer<typeof ProfileResource>;

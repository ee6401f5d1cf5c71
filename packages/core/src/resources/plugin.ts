import { z } from "zod";
import { PluginManifest } from "../plugin-manifest.ts";
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
    emits: MANIFEST.emits,
    configSchema: JsonObject.describe("JSON Schema of the settings."),
    defaultConfig: JsonObject.describe("Settings when a scan sets none."),
    limits: z.object({ timeoutMs: z.int(), memoryMb: z.int(), maxRequests: z.int() }),
    codeDigest: Sha256,
    origin: z.string().describe("`builtin`, or the folder it was loaded from."),
  })
  .meta({ id: "Plugin" });
export type PluginResource = z.infer<typeof PluginResource>;

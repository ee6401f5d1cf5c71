import type {
  AppliesTo,
  Capability,
  PluginData,
  PluginEventInput,
  PluginLimits,
  PluginManifest,
  Stage,
} from "@picket/core";
import { PLUGIN_PROTOCOL } from "@picket/core";
import { z } from "zod";
import type { PluginContext, ScanInfo } from "./plugin-context.ts";

export interface PluginDefinition<Config extends z.ZodObject = z.ZodObject> {
  /** Kebab-case, the name of the plugin's folder. */
  readonly name: string;
  /** What it finds, in one sentence. */
  readonly description: string;
  /** Semantic version. */
  readonly version: string;
  /** All of them must be granted by the profile, or the module is skipped. `[]`: judges recorded fetches only. */
  readonly requiredCapabilities: readonly Capability[];
  /** What it can use beside them where the profile grants it; `context.capabilities` says. */
  readonly optionalCapabilities?: readonly Capability[];
  readonly stage: Stage;
  readonly appliesTo?: AppliesTo;
  /** Every finding type it may report. */
  readonly emits: readonly string[];
  /** Settings; each needs a default. Unknown settings are refused. */
  readonly config: Config;
  /** What is left out keeps the default of `PluginLimits`. */
  readonly limits?: Partial<PluginLimits>;
  /** Of a JSON file among its sources that operators may replace (`PLUGIN_DATA_DIR`). */
  readonly data?: PluginData;
  /** Yields what it finds; evidence before the finding that names it, and not more than 1,000 evidences before. */
  run(scan: ScanInfo, context: PluginContext<z.output<Config>>): AsyncIterable<PluginEventInput>;
}

const BRAND: unique symbol = Symbol.for("picket.plugin");

/** What `definePlugin` returns: the only thing that a plugin's file may export as `plugin`. */
export interface Plugin<Config extends z.ZodObject = z.ZodObject> extends PluginDefinition<Config> {
  readonly [BRAND]: true;
}

/** Declares a plugin. Nothing is checked here: the worker checks the manifest when it describes the plugin. */
export function definePlugin<Config extends z.ZodObject>(
  definition: PluginDefinition<Config>,
): Plugin<Config> {
  return { ...definition, [BRAND]: true };
}

export function isPlugin(value: unknown): value is Plugin {
  return typeof value === "object" && value !== null && BRAND in value;
}

/** Settings as `run` gets them. Throws when one is unknown or has the wrong type. */
export function parseSettings(plugin: Plugin, settings: unknown): Record<string, unknown> {
  const parsed = plugin.config.strict().safeParse(settings);
  if (parsed.success) return parsed.data;
  throw new TypeError(`settings of ${plugin.name}: ${z.prettifyError(parsed.error)}`);
}

/** The manifest as the plugin states it, not yet checked. Throws when a setting has no default. */
export function manifestOf(plugin: Plugin): z.input<typeof PluginManifest> {
  const { name, description, version, requiredCapabilities, stage, appliesTo, emits, config, limits, data } =
    plugin;
  const { optionalCapabilities = [] } = plugin;
  const { $schema, ...configSchema } = z.toJSONSchema(config, { io: "input" });
  return {
    protocol: PLUGIN_PROTOCOL,
    name,
    description,
    version,
    requiredCapabilities: [...requiredCapabilities],
    optionalCapabilities: [...optionalCapabilities],
    stage,
    appliesTo: appliesTo ?? {},
    emits: [...emits],
    configSchema: JSON.parse(JSON.stringify(configSchema)),
    defaultConfig: JSON.parse(JSON.stringify(parseSettings(plugin, {}))),
    limits: { ...limits },
    ...(data && { data }),
  };
}

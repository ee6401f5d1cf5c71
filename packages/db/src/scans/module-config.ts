import { AppError, type PluginManifest } from "@picket/core";
import { z } from "zod";

/** A plugin's settings as JSON. */
export type ModuleConfig = Record<string, z.core.util.JSONType>;

/** By plugin name; what is left out keeps the plugin's default. */
export type ScanSettings = Record<string, ModuleConfig>;

/** One wrong setting; `path` as `settings.<plugin>.<setting>`. */
export interface SettingIssue {
  path: string;
  message: string;
}

type Named = Pick<PluginManifest, "name" | "configSchema" | "defaultConfig">;

/**
 * The complete configuration of every plugin: defaults, with the given settings over them. Throws INVALID_INPUT whose
 * details list every wrong setting, one of a plugin that is not registered included.
 */
export function moduleConfigs(
  manifests: readonly Named[],
  settings: ScanSettings,
): Map<string, ModuleConfig> {
  const issues: SettingIssue[] = Object.keys(settings)
    .filter((name) => !manifests.some((manifest) => manifest.name === name))
    .map((name) => ({ path: `settings.${name}`, message: "no plugin of this name is registered" }));
  const configs = new Map<string, ModuleConfig>();
  for (const manifest of manifests) {
    const given = Object.hasOwn(settings, manifest.name) ? settings[manifest.name] : undefined;
    const result = given ? merge(manifest, given) : { config: manifest.defaultConfig, issues: [] };
    configs.set(manifest.name, result.config);
    issues.push(...result.issues);
  }
  if (issues.length > 0) throw invalidSettings(issues);
  return configs;
}

function merge(manifest: Named, given: ModuleConfig): { config: ModuleConfig; issues: SettingIssue[] } {
  const schema = settingsSchema(manifest);
  const parsed = schema.safeParse({ ...manifest.defaultConfig, ...given });
  if (parsed.success) return { config: parsed.data as ModuleConfig, issues: [] };
  return { config: {}, issues: parsed.error.issues.flatMap((issue) => settingIssues(manifest.name, issue)) };
}

function settingsSchema({ name, configSchema }: Named): z.ZodType {
  try {
    return z.fromJSONSchema({ ...configSchema, additionalProperties: false });
  } catch (cause) {
    throw new AppError("INVALID_PLUGIN", `the settings of ${name} cannot be checked: ${String(cause)}`, {
      hint: "Its config uses what JSON Schema or zod cannot express; leave its settings out, or mend the plugin.",
      cause,
    });
  }
}

function settingIssues(plugin: string, issue: z.core.$ZodIssue): SettingIssue[] {
  const at = ["settings", plugin, ...issue.path.map(String)];
  if (issue.code !== "unrecognized_keys") return [{ path: at.join("."), message: issue.message }];
  return issue.keys.map((key) => ({ path: [...at, key].join("."), message: "there is no such setting" }));
}

function invalidSettings(issues: readonly SettingIssue[]): AppError {
  const words = issues.map(({ path, message }) => `${path}: ${message}`).join("; ");
  return new AppError("INVALID_INPUT", `wrong settings: ${words}`, {
    hint: "GET /plugins lists each plugin's settings.",
    details: { issues },
  });
}

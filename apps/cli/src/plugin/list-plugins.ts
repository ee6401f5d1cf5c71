import { PluginResource, type ProfileName, ProfileResource, type SideEffect } from "@picket/core";
import { openApi } from "../api.ts";
import { printJson, printLine, printTable } from "../output.ts";

const words = (sideEffect: SideEffect) => sideEffect.replaceAll("_", " ");

function profilesThatRun(
  { requiredCapabilities }: PluginResource,
  profiles: readonly ProfileResource[],
): ProfileName[] {
  return profiles
    .filter(({ capabilities }) => requiredCapabilities.every((each) => capabilities.includes(each)))
    .map(({ name }) => name);
}

/** The plugins that scans are planned with, the class of each, and which profiles run it. */
export async function listPlugins({ json }: { json?: true }): Promise<void> {
  const api = openApi();
  const plugins = await api.list("/plugins", PluginResource);
  const profiles = await api.list("/profiles", ProfileResource);
  if (json) return printJson({ plugins, profiles });
  if (plugins.length === 0) return printLine("No plugins. Workers offer them: start one.");
  printTable([
    ["PLUGIN", "VERSION", "STAGE", "REQUESTS", "DATA OF", "RUNS IN"],
    ...plugins.map((plugin) => [
      plugin.name,
      plugin.version,
      plugin.stage,
      words(plugin.sideEffect),
      plugin.data?.date ?? "",
      profilesThatRun(plugin, profiles).join(", "),
    ]),
  ]);
  printLine();
  for (const { name, sideEffects, description } of profiles)
    printLine(`${name}: ${sideEffects.map(words).join(", ")}. ${description}`);
}

import { Capability } from "@picket/core";
import { type Command, InvalidArgumentError } from "commander";
import { listPlugins } from "./list-plugins.ts";
import { newPlugin } from "./new-plugin.ts";
import { runPluginOnce } from "./run-plugin.ts";

function parseValue(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    // A word without quotes is meant as text.
    return text;
  }
}

function addSetting(text: string, settings: Record<string, unknown>): Record<string, unknown> {
  const equals = text.indexOf("=");
  if (equals < 1) throw new InvalidArgumentError("must be key=value");
  return { ...settings, [text.slice(0, equals)]: parseValue(text.slice(equals + 1)) };
}

function parseCapabilities(text: string): Capability[] {
  const parsed = Capability.array().safeParse(text.split(",").map((name) => name.trim()));
  if (parsed.success) return parsed.data;
  throw new InvalidArgumentError(`must be some of ${Capability.options.join(", ")}, separated by commas`);
}

/** `picket plugin list`, `picket plugin new` and `picket plugin run`. */
export function registerPluginCommands(program: Command): void {
  const plugin = program.command("plugin").description("List plugins, write new ones and try them.");
  plugin
    .command("list")
    .description(
      "List the plugins that scans run, what their requests may do, and the profiles that run them.",
    )
    .option("--json", "one JSON document")
    .action(listPlugins);
  plugin.command("new <folder>").description("Write a small plugin that runs as it is.").action(newPlugin);
  plugin
    .command("run <folder>")
    .description("Run one plugin in the sandbox against a URL and print its events. Needs no platform.")
    .requiredOption("--url <url>", "the application; only its host and port are requested")
    .option("--set <key=value>", "a setting, as JSON or text; may be repeated", addSetting, {})
    .option("--capabilities <list>", "what to grant; default: what the plugin asks for", parseCapabilities)
    .option("--json", "one event per line, then the end")
    .action(runPluginOnce);
}

import { InvalidArgumentError } from "commander";

/** By plugin. */
export type Settings = Record<string, Record<string, unknown>>;

/** `crawl.maxPages=50`, added to what was given before. The value is JSON, or else text. */
export function setting(text: string, before: Settings): Settings {
  const match = /^([a-z][a-z0-9-]*)\.([^=]+)=(.*)$/s.exec(text);
  if (!match) throw new InvalidArgumentError("must be <plugin>.<setting>=<value>, such as crawl.maxPages=50");
  const [, plugin = "", name = "", value = ""] = match;
  return { ...before, [plugin]: { ...before[plugin], [name]: jsonOrText(value) } };
}

function jsonOrText(value: string): unknown {
  try {
    return JSON.parse(value);
  } catch {
    // Text needs no quotes on a command line.
    return value;
  }
}

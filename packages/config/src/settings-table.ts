import { SETTINGS } from "./config.ts";
import { aboutSetting, type Settings } from "./setting.ts";

/** All settings as a Markdown table, for README and `picket config`. */
export function settingsTable(): string {
  const all: Settings = Object.assign({}, ...Object.values(SETTINGS));
  const rows = Object.keys(all)
    .sort()
    .map((variable) => row(variable, all[variable] as Settings[string]));
  return ["| Variable | Read by | Default | Meaning |", "| --- | --- | --- | --- |", ...rows, ""].join("\n");
}

function row(variable: string, schema: Settings[string]): string {
  const { description, unit, secret } = aboutSetting(schema);
  const readers = Object.entries(SETTINGS)
    .filter(([, settings]) => variable in settings)
    .map(([program]) => program)
    .join(", ");
  const meaning = [description, unit ? `Unit: ${unit}.` : "", secret ? "Secret." : ""]
    .filter(Boolean)
    .join(" ");
  return `| \`${variable}\` | ${readers} | ${defaultText(schema)} | ${meaning} |`;
}

function defaultText(schema: Settings[string]): string {
  const result = schema.safeParse(undefined);
  if (!result.success) return "required";
  const isNone = result.data === undefined || (Array.isArray(result.data) && result.data.length === 0);
  return isNone ? "none" : `\`${String(result.data)}\``;
}

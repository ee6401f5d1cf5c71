import { SETTINGS } from "./config.ts";
import type { Environment } from "./load.ts";
import { aboutSetting } from "./setting.ts";

/** The secret values of all settings in the environment, for the logger to mask. Of a URL: its password. */
export function configSecrets(env: Environment = process.env): string[] {
  const secrets = Object.values(SETTINGS).flatMap((settings) =>
    Object.entries(settings).flatMap(([variable, schema]) =>
      aboutSetting(schema).secret ? secretParts(env[variable] ?? "") : [],
    ),
  );
  return [...new Set(secrets)];
}

function secretParts(value: string): string[] {
  if (value === "") return [];
  if (!/^[a-z]+:\/\//.test(value) || !URL.canParse(value))
    return [value, ...(value.match(/[0-9a-f]{64}/gi) ?? [])];
  const { password } = new URL(value);
  return password === "" ? [] : [password, decodeURIComponent(password)];
}

import { z } from "zod";

/** What the documentation says of a setting beside what its schema says. The default is read from the schema. */
export interface AboutSetting {
  description: string;
  unit?: string;
  /** The value, or the password in it, must never be shown. */
  secret?: boolean;
}

/** Schemas by environment variable. */
export type Settings = Record<string, z.ZodType>;

/** Attaches the documentation; the schema must be complete, since a derived schema loses it. */
export function setting<Schema extends z.ZodType>(schema: Schema, about: AboutSetting): Schema {
  return schema.meta({ ...about });
}

export function aboutSetting(schema: z.ZodType): AboutSetting {
  const { description = "", unit, secret } = schema.meta() ?? {};
  return { description, ...(typeof unit === "string" ? { unit } : {}), secret: secret === true };
}

/** A whole number in decimal digits, so that `1e3`, `0x10` and `4000 ` are mistakes and not numbers. */
export function wholeNumber(min: number, max: number) {
  const error = `must be a whole number from ${min} to ${max}`;
  return z
    .string()
    .regex(/^\d{1,15}$/, { error })
    .transform(Number)
    .pipe(z.int({ error }).min(min, { error }).max(max, { error }));
}

/** An absolute URL with one of these schemes, as text. */
export function urlOf(...schemes: string[]) {
  const error = `must be a URL that starts with ${schemes.map((scheme) => `${scheme}://`).join(" or ")}`;
  return z.url({ protocol: new RegExp(`^(${schemes.join("|")})$`), error });
}

/** `DATABASE_POOL_MAX` → `databasePoolMax`. */
export type ConfigKey<Variable extends string> = Variable extends `${infer Head}_${infer Tail}`
  ? `${Lowercase<Head>}${Capitalize<ConfigKey<Tail>>}`
  : Lowercase<Variable>;

export type WithConfigKeys<Values> = { [Key in keyof Values & string as ConfigKey<Key>]: Values[Key] };

/** The same values under their names in code: these follow from the variables' names, so none can feed another's key. */
export function withConfigKeys<Values extends object>(values: Values): WithConfigKeys<Values> {
  const entries = Object.entries(values).map(([variable, value]) => [configKey(variable), value]);
  return Object.fromEntries(entries) as WithConfigKeys<Values>;
}

function configKey(variable: string): string {
  return variable.toLowerCase().replace(/_(.)/g, (_, letter: string) => letter.toUpperCase());
}

import { text } from "node:stream/consumers";
import { AppError, AuthSecretField, type AuthSecrets } from "@picket/core";

/** Where a secret comes from: never the command line, which other users of the machine can read. */
export interface SecretSources {
  env: Readonly<Record<string, string | undefined>>;
  stdin: NodeJS.ReadableStream & { isTTY?: boolean };
}

/**
 * The secrets of these fields, each from standard input, where it is one line, or from an environment variable.
 * `sources`: `password=-` or `password=env:SHOP_PASSWORD`. Throws INVALID_INPUT.
 */
export async function readSecrets(
  given: readonly string[],
  { env, stdin }: SecretSources,
): Promise<AuthSecrets> {
  const secrets: AuthSecrets = {};
  for (const entry of given) {
    const [, name = "", source = ""] = /^(\w+)=(-|env:\w+)$/.exec(entry) ?? [];
    const field = AuthSecretField.safeParse(name);
    if (!field.success) throw wrongSource();
    const value = source === "-" ? await firstLine(stdin) : env[source.slice("env:".length)];
    if (!value)
      throw new AppError(
        "INVALID_INPUT",
        `there is no ${name} at ${source === "-" ? "standard input" : source}`,
      );
    secrets[field.data] = value;
  }
  return secrets;
}

async function firstLine(stdin: NodeJS.ReadableStream): Promise<string | undefined> {
  return (await text(stdin)).split(/\r?\n/)[0];
}

/** Says nothing of what was given: it may be the secret itself. */
function wrongSource(): AppError {
  return new AppError("INVALID_INPUT", "--secret names a field and where its value is, not the value", {
    hint: `Fields: ${AuthSecretField.options.join(", ")}. From standard input: --secret password=-, from a variable: --secret password=env:NAME.`,
  });
}

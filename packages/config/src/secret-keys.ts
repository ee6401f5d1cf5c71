import { readFileSync } from "node:fs";
import { z } from "zod";
import { setting } from "./setting.ts";

/** A key that wraps data keys. */
export interface NamedKey {
  id: string;
  /** 32 bytes. */
  key: Uint8Array;
}

const FORM = /^([A-Za-z0-9._-]{1,64}):([0-9a-f]{64})$/i;

const SecretKeys = z.string().transform((text, context): NamedKey[] => {
  const entries = text.split(/[\s,]+/).filter((entry) => entry !== "");
  const keys = entries.flatMap((entry) => {
    const [, id, hex] = FORM.exec(entry) ?? [];
    return id && hex ? [{ id, key: Buffer.from(hex, "hex") }] : [];
  });
  const isUnique = new Set(keys.map(({ id }) => id)).size === keys.length;
  if (keys.length === entries.length && isUnique) return keys;
  context.addIssue({
    code: "custom",
    message:
      "must be entries of the form <id>:<64 hex digits>, each id once, with commas or lines between them",
  });
  return z.NEVER;
});

const SecretKeysFile = z.string().transform((path, context) => {
  try {
    return readFileSync(path, "utf8");
  } catch {
    context.addIssue({ code: "custom", message: "names a file that cannot be read" });
    return z.NEVER;
  }
});

/** Keys of the secrets at rest, from one of two places. */
export const SECRET_KEY_SETTINGS = {
  SECRET_KEYS: setting(SecretKeys.default([]), {
    description:
      "Keys that encrypt auth profiles' secrets: `<id>:<64 hex digits>`, separated by commas. The first one encrypts, the others still decrypt. The same for API and workers.",
    secret: true,
  }),
  SECRET_KEYS_FILE: setting(SecretKeysFile.pipe(SecretKeys).default([]), {
    description: "File with such keys, one a line, in place of SECRET_KEYS.",
  }),
};

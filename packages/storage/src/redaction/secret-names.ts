import type { SecretKind } from "./redaction-mark.ts";

/** Names of fields whose values are secret, by how they end: `db_password`, `access_token`, `X-Api-Key`, `PHPSESSID`. */
const SECRET_NAME = new RegExp(
  [
    "key(?<=(?:api|access|private|secret|auth|account|app|signing|encryption|master|consumer|storage|service|in|nonce)[_-]?key)",
    "passw(?:or)?d|passphrase|pwd|(?<![a-z])pass(?![a-z])",
    "token|secret|salt(?<=(?:auth|in|nonce)_salt)|sess(?:ion)?[_-]?id",
    "credential|cookie|authorization",
  ].join("|"),
  "gi",
);

/** What may follow in the name: `passwordHash`, `password_confirmation`, `SECRET_KEY_BASE`, `token2`. */
const NAME_END = /(?:[_-]?(?:hash|value|base|new|old|confirm(?:ation)?|repeat|again|\d{1,2}))?/iy;

/** A name in a text that says that its value is secret. */
export interface SecretName {
  kind: SecretKind;
  /** Where the telling part of the name starts: more of it may stand before. */
  start: number;
  end: number;
}

/** Secret names from an index on; null when there is none. */
export function nextSecretName(text: string, from: number): SecretName | null {
  SECRET_NAME.lastIndex = from;
  const part = SECRET_NAME.exec(text);
  if (!part) return null;
  NAME_END.lastIndex = SECRET_NAME.lastIndex;
  NAME_END.test(text);
  return { kind: kindOf(part[0].toLowerCase()), start: part.index, end: NAME_END.lastIndex };
}

/** The kind of secret that a field of this name holds, or null. */
export function secretNameKind(name: string): SecretKind | null {
  for (let part = nextSecretName(name, 0); part; part = nextSecretName(name, part.end)) {
    if (part.end === name.length) return part.kind;
  }
  return null;
}

function kindOf(part: string): SecretKind {
  if (part.startsWith("pass") || part === "pwd") return "password";
  if (part.startsWith("sess")) return "session";
  if (part.endsWith("key")) return "key";
  if (part === "token" || part === "cookie" || part === "authorization") return part;
  return "secret";
}

import { MIN_SECRET_LENGTH, secretForms } from "@picket/core";

/** What stands in place of a secret. */
export const MASK = "[redacted]";

/** Scheme names are short; the bound keeps the search linear on text without `://`. */
const URL_CREDENTIALS = /\b([a-z][a-z0-9+.-]{0,19}:\/\/)[^\s/?#]*@/gi;
const AUTHORIZATION = /\b(bearer|basic|digest|negotiate) +[a-z0-9._~+/=-]{8,}/gi;

/**
 * A function that masks these values in all their forms, credentials in URLs, and authorization values. One pass each,
 * never repeated: a mask that itself holds a secret value ends there.
 */
export function createMask(secrets: readonly string[]): (text: string) => string {
  const forms = secrets.filter(({ length }) => length >= MIN_SECRET_LENGTH).flatMap(secretForms);
  const longestFirst = [...new Set(forms)].sort((a, b) => b.length - a.length);
  const known = longestFirst.length > 0 ? new RegExp(longestFirst.map(escapeRegExp).join("|"), "g") : null;
  return (text) =>
    (known ? text.replace(known, MASK) : text)
      .replace(URL_CREDENTIALS, `$1${MASK}@`)
      .replace(AUTHORIZATION, `$1 ${MASK}`);
}

function escapeRegExp(text: string): string {
  return text.replace(/[\\^$.*+?()[\]{}|/-]/g, "\\$&");
}

const SECRET_KEY =
  /(authorization|cookies?|password|passwd|pwd|passphrase|secret|token|apikey|accesskey|secretkey|privatekey|pepper|credentials?)$/;

/** True for a field whose value must not be logged whatever it is: `apiToken`, `set-cookie`, `S3_SECRET_ACCESS_KEY`. */
export function isSecretKey(key: string): boolean {
  return SECRET_KEY.test(key.toLowerCase().replace(/[^a-z0-9]/g, ""));
}

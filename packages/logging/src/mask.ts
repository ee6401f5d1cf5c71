/** What stands in place of a secret. */
export const MASK = "[redacted]";

/** Shorter values are too common in ordinary text to be masked wherever they occur. */
const MIN_SECRET_LENGTH = 4;

/** Texts in which a value may show: as it is, and as URLs, forms, JSON, hex and base64 carry it. */
function secretForms(secret: string): string[] {
  const bytes = Buffer.from(secret, "utf8");
  const percent = encodeURIComponent(secret.toWellFormed());
  const hex = bytes.toString("hex");
  const forms = [
    secret,
    percent,
    percent.replace(/%[0-9A-F]{2}/g, (digits) => digits.toLowerCase()),
    percent.replaceAll("%20", "+"),
    JSON.stringify(secret).slice(1, -1),
    hex,
    hex.toUpperCase(),
    ...[0, 1, 2].flatMap((offset) => base64At(bytes, offset)),
  ];
  return [...new Set(forms)].filter((form) => form.length >= MIN_SECRET_LENGTH);
}

/**
 * The base64 digits that depend on the bytes alone when `offset` other bytes (mod 3) stand before them, as in the
 * `user:password` of basic authentication; in the standard and the URL alphabet.
 */
function base64At(bytes: Buffer, offset: number): string[] {
  const digits = Buffer.concat([Buffer.alloc(offset), bytes])
    .toString("base64")
    .replace(/=+$/, "");
  const isCutShort = (offset + bytes.length) % 3 !== 0;
  const standard = digits.slice(offset === 0 ? 0 : offset + 1, isCutShort ? -1 : undefined);
  return [standard, standard.replaceAll("+", "-").replaceAll("/", "_")];
}

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

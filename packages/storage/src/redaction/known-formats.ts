import { type Marker, markSpans, type SecretKind, type Span } from "./redaction-mark.ts";
import { isWordCharacter } from "./word-character.ts";

/**
 * Credentials that show what they are, by their issuers' documented prefixes. Lengths are lower bounds of the real
 * ones, so that a token cut at the end of a body is still found.
 */
const FORMATS = {
  jwt: "eyJ[\\w-]{8,}\\.[\\w-]{8,}(?:\\.[\\w-]*){0,3}",
  aws_key: "(?:AKIA|ASIA)[0-9A-Z]{16}",
  github_token: "gh[pousr]_[A-Za-z0-9]{30,}|github_pat_\\w{30,}",
  gitlab_token: "gl(?:pat|dt|rt|cbt|ptt|soat)-[\\w-]{20,}",
  google_key: "AIza[\\w-]{35}|ya29\\.[\\w-]{20,}|GOCSPX-[\\w-]{20,}",
  /** Hashes of crypt(3), bcrypt and Argon2, as in `.htpasswd`. */
  password: "\\$(?:2[abxy]|apr1|[156y]|argon2id?)\\$[\\w./$,=+-]{20,}",
  npm_token: "npm_[A-Za-z0-9]{30,}",
  slack_token: "xox[a-z]-[\\w-]{10,}|xapp-\\d-[\\w-]{10,}|hooks\\.slack\\.com/services/[\\w/]{20,}",
  stripe_key: "[rs]k_(?:live|test)_[A-Za-z0-9]{16,}|whsec_[A-Za-z0-9+/=]{16,}",
  token:
    "SG\\.[\\w-]{16,}\\.[\\w-]{16,}|sk-(?:[A-Za-z0-9]{32,}|(?:proj|ant|svcacct|admin)-[\\w-]{20,})|pypi-[\\w-]{50,}|do[opr]_v1_[a-f0-9]{64}|hvs\\.[\\w-]{24,}|shp(?:at|ca|pa|ss)_[a-fA-F0-9]{32}|sk\\.eyJ[\\w-]{20,}\\.[\\w-]{20,}|discord(?:app)?\\.com/api/webhooks/\\d{15,22}/[\\w-]{50,}",
} satisfies Partial<Record<SecretKind, string>>;

const FORMAT = new RegExp(
  Object.entries(FORMATS)
    .map(([kind, pattern]) => `(?<${kind}>${pattern})`)
    .join("|"),
  "y",
);

/** How any of them begins: searched for alone, which takes half the time. */
export const FORMAT_HEAD =
  /\$(?:2[abxy]|apr1|[156y]|argon2id?)\$|eyJ|A[KS]IA|gh[pousr]_|github_pat_|gl(?:pat|dt|rt|cbt|ptt|soat)-|AIza|ya29\.|GOCSPX-|npm_|xox[a-z]-|xapp-|hooks\.slack|[rs]k_(?:live|test)_|whsec_|SG\.|sk-|pypi-|do[opr]_v1_|hvs\.|shp(?:at|ca|pa|ss)_|sk\.eyJ|discord(?:app)?\.com\/api/g;

/** Finds credentials only where a word begins: were they looked for inside one too, long words would cost their square. */
export function markKnownFormats(text: string, marker: Marker): string {
  return markSpans(text, knownFormats(text), marker);
}

function* knownFormats(text: string): Generator<Span> {
  let done = 0;
  for (const { index: start } of text.matchAll(FORMAT_HEAD)) {
    if (start < done || (start > done && isWordCharacter(text.charCodeAt(start - 1)))) continue;
    FORMAT.lastIndex = start;
    const groups = FORMAT.exec(text)?.groups;
    if (!groups) continue;
    done = FORMAT.lastIndex;
    const kind = Object.keys(FORMATS).find((name) => groups[name] !== undefined) as keyof typeof FORMATS;
    yield { kind, start, end: done };
  }
}

const BEGIN_KEY = /-----BEGIN [A-Z0-9 ]{0,40}PRIVATE KEY(?: BLOCK)?-----/g;
const END_KEY = /-----END [A-Z0-9 ]{0,40}PRIVATE KEY(?: BLOCK)?-----/y;

/** Private key blocks (RFC 7468, OpenPGP), also one whose end is cut off. */
export function markPrivateKeys(text: string, marker: Marker): string {
  return markSpans(text, privateKeys(text), marker);
}

function* privateKeys(text: string): Generator<Span> {
  let done = 0;
  for (const { index, 0: begin } of text.matchAll(BEGIN_KEY)) {
    if (index < done) continue;
    const dashes = text.indexOf("-----", index + begin.length);
    END_KEY.lastIndex = dashes;
    done = dashes < 0 ? text.length : END_KEY.test(text) ? END_KEY.lastIndex : dashes;
    yield { kind: "private_key", start: index, end: done };
  }
}

const AUTHORIZATION = /\b([Bb]earer|BEARER|[Bb]asic|BASIC)( +)([\w.~+/-]{8,}=*)/g;

/** `Bearer …` with a digit in it, and `Basic …` that decodes to `user:password`: prose has neither. */
export function markAuthorization(text: string, marker: Marker): string {
  return text.replace(AUTHORIZATION, (all: string, scheme: string, space: string, value: string) => {
    const isBasic = scheme.toLowerCase() === "basic";
    const isSecret = isBasic ? Buffer.from(value, "base64").includes(":") : /\d/.test(value);
    return isSecret ? `${scheme}${space}${marker.mark(isBasic ? "basic" : "bearer", value)}` : all;
  });
}

const URL_PASSWORD = /(:\/\/[^\x20-\x23/?#@:<>[\\]{0,256}:)([^\x20-\x23/?#<>\\'`]{1,512})@/g;

/** The password in `scheme://user:password@host`. */
export function markUrlPasswords(text: string, marker: Marker): string {
  return text.replace(
    URL_PASSWORD,
    (_, head: string, value: string) => `${head}${marker.mark("password", value)}@`,
  );
}

import { tryJwt } from "./jwt.ts";

/**
 * What may be said of a secret without giving it away:
 *
 * - `example`: published as an example, or plainly a placeholder;
 * - `checksum`, `bad-checksum`: the issuer's checksum in the value holds, or does not;
 * - `live`, `test`: the issuer's mode that the prefix states;
 * - `prefixed`: begins as SendGrid, OpenAI, Mapbox, PyPI, DigitalOcean, Vault, Shopify or Discord have theirs begin;
 * - `parses`, `encrypted`: a private key block that decodes as one; that needs a passphrase;
 * - `random.<length>`: looks made by a generator;
 * - `jwt` with `alg.<name>`, `unsigned`, `no-exp`, `days.<whole days from iat to exp>`, `private-claims`; the redaction
 *   adds `weak-key` where the key of its signature is one that anybody would try.
 */
export function secretTraits(value: string): string[] {
  if (value.length > MAX_LENGTH) return [];
  const ofFormat = FORMATS.find(({ pattern }) => pattern.test(value))?.traits(value) ?? [];
  if (isExample(value)) return ["example", ...ofFormat];
  return isRandom(value) ? [...ofFormat, `random.${value.length}`] : ofFormat;
}

/** No credential is as long; what is longer is not looked at. */
const MAX_LENGTH = 16_384;

const FORMATS: readonly { pattern: RegExp; traits(value: string): string[] }[] = [
  { pattern: /^eyJ[\w-]{1,16384}\.[\w-]{0,16384}\.[\w-]{0,16384}$/, traits: jwtTraits },
  { pattern: /^gh[pousr]_[A-Za-z0-9]{36}$|^npm_[A-Za-z0-9]{36}$/, traits: checksumTraits },
  { pattern: /^github_pat_[A-Za-z0-9]{22}_[A-Za-z0-9]{59}$/, traits: checksumTraits },
  {
    pattern: /^[rs]k_(?:live|test)_/,
    traits: (value) => [value.slice(3, 7)],
  },
  {
    pattern: /^(?:SG\.|sk-|sk\.eyJ|pypi-|do[opr]_v1_|hvs\.|shp(?:at|ca|pa|ss)_|discord)/,
    traits: () => ["prefixed"],
  },
  { pattern: /^-----BEGIN [A-Z0-9 ]{0,40}PRIVATE KEY/, traits: keyTraits },
];

/** Values that documents of the issuers give, and words that people write where a secret belongs. */
const EXAMPLES =
  /EXAMPLE|^(?:gh[pousr]_16C7e42F292c6912E7710c838347Ae178B4a|sk_test_4eC39HqLyjWDarjtT1zdp7dc|sk_test_BQokikJOvBiI2HlWgH4olfQ2)$/;
const PLACEHOLDER =
  /example|sample|dummy|placeholder|change.?me|your.?|xxxx|\*{3}|\.{3}|fake|not.?a?.?real|redacted|insert|replace|secret.?here|1234567|abcdefg|0000000|^<.*>$|^\$\{.*\}$|^\{\{.*\}\}$|^%[a-z]$|^(?:test|demo|foo|bar|none|null|undefined|true|false|pass|password|secret|token)$/i;

function isExample(value: string): boolean {
  if (value.startsWith("-----BEGIN") || value.startsWith("eyJ")) return false;
  return EXAMPLES.test(value) || PLACEHOLDER.test(value) || isMonotonous(value);
}

/** Bits of entropy that a character carries, by the characters' frequencies. */
function entropy(text: string): number {
  const counts = new Map<string, number>();
  for (const character of text) counts.set(character, (counts.get(character) ?? 0) + 1);
  let bits = 0;
  for (const count of counts.values()) bits -= (count / text.length) * Math.log2(count / text.length);
  return bits;
}

/** `AAAAAAAAAAAAAAAAAAAA`; twenty random hex digits carry three bits each and more. */
function isMonotonous(value: string): boolean {
  return value.length >= 16 && entropy(value) < 2.5;
}

/** Letters and digits mixed in a way that words and names are not. */
function isRandom(value: string): boolean {
  if (value.length < 20 || !/^[\w+/=.~-]+$/.test(value)) return false;
  const isHex = /^[0-9a-f]+$/i.test(value);
  const switches = value.match(/[A-Za-z](?=\d)|\d(?=[A-Za-z])/g)?.length ?? 0;
  return entropy(value) >= (isHex ? 3 : 3.7) && switches >= value.length / 16;
}

const BASE62 = "0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz";
const CHECKSUM_LENGTH = 6;

/** GitHub's and npm's tokens end with the CRC-32 of their last part, in six digits of base 62. */
function checksumTraits(value: string): string[] {
  const part = value.slice(value.lastIndexOf("_") + 1);
  const [body, sum] = [part.slice(0, -CHECKSUM_LENGTH), part.slice(-CHECKSUM_LENGTH)];
  return [base62(crc32(body)) === sum ? "checksum" : "bad-checksum"];
}

function base62(number: number): string {
  let digits = "";
  for (let rest = number; rest > 0; rest = Math.floor(rest / 62)) digits = BASE62.charAt(rest % 62) + digits;
  return digits.padStart(CHECKSUM_LENGTH, "0");
}

/** ISO 3309, as in zlib; `text` is ASCII. */
function crc32(text: string): number {
  let sum = 0xff_ff_ff_ff;
  for (let index = 0; index < text.length; index++) {
    sum ^= text.charCodeAt(index);
    for (let bit = 0; bit < 8; bit++) sum = (sum >>> 1) ^ (sum & 1 ? 0xed_b8_83_20 : 0);
  }
  return (sum ^ 0xff_ff_ff_ff) >>> 0;
}

function keyTraits(block: string): string[] {
  const isEncrypted = /BEGIN ENCRYPTED|Proc-Type: 4,ENCRYPTED/.test(block);
  const base64 = block
    .replaceAll(/\\[rn]/g, "\n")
    .split(/-----(?:BEGIN|END)[^\n-]{0,60}-----/)[1]
    ?.split("\n")
    .filter((line) => !line.includes(":"))
    .join("")
    .replaceAll(/\s/g, "");
  const bytes = tryBase64(base64 ?? "");
  if (!bytes || !isKey(bytes)) return [];
  return isEncrypted ? ["parses", "encrypted"] : ["parses"];
}

function tryBase64(text: string): string | null {
  try {
    return atob(text);
  } catch {
    // Cut off, or no base64 at all.
    return null;
  }
}

/** A DER sequence as long as it says (PKCS #1, PKCS #8, SEC 1), or OpenSSH's own format. */
function isKey(bytes: string): boolean {
  if (bytes.startsWith("openssh-key-v1\0")) return bytes.length > 100;
  const [tag = 0, first = 0] = [bytes.charCodeAt(0), bytes.charCodeAt(1)];
  if (tag !== 0x30 || bytes.length < 32) return false;
  if (first < 0x80) return bytes.length === first + 2;
  const size = first & 0x7f;
  let length = 0;
  for (let index = 0; index < size; index++) length = length * 256 + bytes.charCodeAt(2 + index);
  return size <= 3 && bytes.length === length + size + 2;
}

const SECONDS_A_DAY = 86_400;
const PRIVATE_CLAIM = /^(?:pass(?:word|wd|phrase)?|pwd|secret|ssn|credit.?card|card.?number|iban|api.?key)$/i;

function jwtTraits(value: string): string[] {
  const token = tryJwt(value);
  if (!token) return [];
  const { algorithm, claims, isSigned } = token;
  const nested = Object.values(claims).filter((value) => typeof value === "object" && value !== null);
  const names = [claims, ...nested].flatMap((value) => Object.keys(value));
  const [issued, expires] = [claims.iat, claims.exp];
  const hasLife = typeof issued === "number" && typeof expires === "number" && expires > issued;
  return [
    "jwt",
    `alg.${
      algorithm
        .toLowerCase()
        .replaceAll(/[^a-z0-9]/g, "")
        .slice(0, 20) || "none"
    }`,
    ...(isSigned ? [] : ["unsigned"]),
    ...(typeof expires === "number" ? [] : ["no-exp"]),
    ...(hasLife ? [`days.${Math.floor((expires - issued) / SECONDS_A_DAY)}`] : []),
    ...(names.some((name) => PRIVATE_CLAIM.test(name)) ? ["private-claims"] : []),
    ...(claims.sub === "1234567890" && claims.name === "John Doe" ? ["example"] : []),
  ];
}

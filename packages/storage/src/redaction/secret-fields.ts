import { isSecretMark } from "@picket/core";
import { type Marker, markSpans, type Span } from "./redaction-mark.ts";
import { nextSecretName, type SecretName } from "./secret-names.ts";
import { isWordCharacter } from "./word-character.ts";

/*
 * Every pattern here is sticky and bounded, so that a text costs no more than in proportion to its length. Values are cut
 * at 16,384 characters: no credential of these kinds is as long. `\s` is not used: it would match the second byte of `à`.
 */

type Value = Pick<Span, "start" | "end" | "isBare">;
/** Finds the value of a name in one way of writing it; null when it is not written so. */
type Form = (text: string, name: SecretName) => Value | null;

/** How values are written, the most telling form first. */
const FORMS: readonly Form[] = [
  elementValue,
  quotedValue,
  numberValue,
  pairedValue,
  encodedParameter,
  parameter,
  pathParameter,
  connectionPart,
  setCookieLine,
  lineValue,
];

/** What a name is followed by when a value follows: quotes, brackets, separators, space. */
const BEFORE_VALUE = /["'`\\&>\]%=:, \t]/;

/** Values of secret fields in JSON, JavaScript, forms, queries, XML, HTML inputs, and lines as in `.env` files. */
export function markSecretFields(text: string, marker: Marker): string {
  return markSpans(text, secretFields(text), marker);
}

function* secretFields(text: string): Generator<Span> {
  let done = 0;
  for (let name = nextSecretName(text, 0); name; name = nextSecretName(text, done)) {
    const value = BEFORE_VALUE.test(text.charAt(name.end)) ? fieldValue(text, name) : null;
    done = Math.max(value?.end ?? 0, name.end);
    if (value && isSecret(text.slice(value.start, value.end))) yield { ...value, kind: name.kind };
  }
}

function fieldValue(text: string, name: SecretName): Value | null {
  for (const form of FORMS) {
    const value = form(text, name);
    if (value) return value;
  }
  return null;
}

/** A mark, also with the line's end behind it that a key block in a string has: what it says would be lost by another. */
function isMarked(value: string): boolean {
  return value.length < 400 && isSecretMark(value.replace(/(?:\\{1,4}[nr]|[ \t\r\n]){1,8}$/, ""));
}

/** Nothing is no secret, and neither is the version in `"jsonwebtoken": "^9.0.2"`. */
function isSecret(value: string): boolean {
  return !isMarked(value) && value !== "" && !/^[\^~<>=]{0,2}\d{1,4}\.\d{1,4}\.\d{1,6}$/.test(value);
}

function execAt(pattern: RegExp, text: string, at: number): RegExpExecArray | null {
  pattern.lastIndex = at;
  return pattern.exec(text);
}

function spanAt(pattern: RegExp, text: string, start: number): Value {
  return { start, end: start + (execAt(pattern, text, start)?.[0].length ?? 0) };
}

const MAX_NAME = 64;
const NAME_SIGNS = new Set(Buffer.from(".$[]%"));

/** Where the whole name starts, as in `spring.datasource.password`, `$password`, `user[password]`, `user%5Bpassword%5D`. */
function wholeStart(text: string, name: SecretName): number {
  const lowest = Math.max(0, name.start - MAX_NAME);
  let start = name.start;
  for (; start > lowest; start--) {
    const code = text.charCodeAt(start - 1);
    if (!isWordCharacter(code) && !NAME_SIGNS.has(code)) break;
  }
  return start;
}

function textBefore(text: string, name: SecretName, length: number): string {
  const start = wholeStart(text, name);
  return text.slice(Math.max(0, start - length), start);
}

/** Cookies and authorization are fields of JSON and header lines; assigning `document.cookie` is code. */
function isHeaderName({ kind }: SecretName): boolean {
  return kind === "cookie" || kind === "authorization";
}

const ELEMENT = /[^<>]{1,16384}(?=<\/)/y;

/** `<password>x</password>` */
function elementValue(text: string, name: SecretName): Value | null {
  const isElement = text[name.end] === ">" && textBefore(text, name, 1) === "<";
  return isElement ? spanAt(ELEMENT, text, name.end + 1) : null;
}

const QUOTE = "\\\\{0,3}[\"'`]|&quot;|&#3[49];|%22";
const ASSIGNMENT = new RegExp(
  `(?<closing>${QUOTE})?\\]?[ \\t]{0,8}(?<separator>=>|:=?|=|,|%3[Aa])[ \\t\\r\\n]{0,8}(?<opening>${QUOTE})`,
  "y",
);

/** `"password": "x"`, `password = 'x'`, `$config['password'] = "x"`, `setItem("token", "x")`; escaped quotes too. */
function quotedValue(text: string, name: SecretName): Value | null {
  const assignment = execAt(ASSIGNMENT, text, name.end);
  const { closing, separator, opening = "" } = assignment?.groups ?? {};
  if (!assignment || (isHeaderName(name) && separator === "=")) return null;
  // Not the words of a list: `["password", "email"]`.
  if (separator === "," && !(closing && /\(["'`]$/.test(textBefore(text, name, 2)))) return null;
  return spanAt(quotedPattern(opening), text, name.end + assignment[0].length);
}

const QUOTED = new Map([
  ['"', /(?:[^"\\\r\n]|\\[^\r\n]){0,16384}/y],
  ["'", /(?:[^'\\\r\n]|\\[^\r\n]){0,16384}/y],
  ["`", /(?:[^`\\]|\\[\s\S]){0,16384}/y],
]);

/**
 * Up to the quote that ends the value; unclosed, to the end of the line or of the text that the value stands in. Between
 * quotes that are escaped themselves, as `\"` and `&quot;`, one with a backslash before it is part of the value.
 */
function quotedPattern(opening: string): RegExp {
  const known = QUOTED.get(opening);
  if (known) return known;
  const quote = opening.replaceAll("\\", "\\\\");
  const end = `${quote}|${outerEnd(opening)}`;
  const pattern = new RegExp(`(?:(?!${end})[^\\r\\n]|(?<=\\\\)${quote}){0,16384}`, "y");
  QUOTED.set(opening, pattern);
  return pattern;
}

/** What ends the text that a value between such quotes stands in: a bare quote that of `\"`, `&` that of `%22`. */
function outerEnd(opening: string): string {
  if (opening === "%22") return "[&#]";
  return opening.startsWith("\\") ? `(?<!\\\\)${opening.slice(-1)}` : "[\\r\\n]";
}

const BEFORE_NUMBER = /["'][ \t]{0,8}:[ \t\r\n]{0,8}(?=-?\d)/y;
const NUMBER = /[-\d.]{1,64}(?=[ \t\r\n]{0,8}[,}\]])/y;

/** `"password": 1234`, which becomes a string. */
function numberValue(text: string, name: SecretName): Value | null {
  const head = execAt(BEFORE_NUMBER, text, name.end);
  return head && { ...spanAt(NUMBER, text, name.end + head[0].length), isBare: true };
}

const NAMED = /(?:name|id|key)["']?[ \t]{0,8}[:=][ \t]{0,8}["']$/i;
const PAIRED = /["'][^<>{}]{0,200}?[ \t\r\n,]["']?(?:value|content)["']?[ \t]{0,8}[:=][ \t]{0,8}(["'])/iy;

/** `<input name="token" value="x">`, `<add key="Password" value="x">`, `{"name": "Cookie", "value": "x"}` */
function pairedValue(text: string, name: SecretName): Value | null {
  const quote = text[name.end];
  if ((quote !== '"' && quote !== "'") || !NAMED.test(textBefore(text, name, 16))) return null;
  const head = execAt(PAIRED, text, name.end);
  return head && spanAt(quotedPattern(head[1] ?? ""), text, name.end + head[0].length);
}

const ENCODED_EQUALS = /%3[Dd]/y;
const ENCODED_VALUE = /(?:(?!%26|%23)[^&#;"'`<>\\ \t\r\n]){1,16384}/y;

/** `?next=%2F%3Ftoken%3Dx` */
function encodedParameter(text: string, name: SecretName): Value | null {
  return execAt(ENCODED_EQUALS, text, name.end) && spanAt(ENCODED_VALUE, text, name.end + 3);
}

const EQUALS = /(?:\]|%5[Dd])?=/y;
const PARAMETER_VALUE = /[^&#;"'`<>\\ \t\r\n]{1,16384}/y;

/** `?token=x`, `&user[password]=x`, `#access_token=x`, `&amp;token=x`; not `a&&token=x`. */
function parameter(text: string, name: SecretName): Value | null {
  const equals = execAt(EQUALS, text, name.end);
  if (!equals || !/(?:^|[^&])[?&#]$|&amp;$/.test(textBefore(text, name, 5))) return null;
  return spanAt(PARAMETER_VALUE, text, name.end + equals[0].length);
}

const PATH_VALUE = /[^&#;"'`<>\\ \t\r\n?/]{1,16384}/y;

/** `/login;jsessionid=x` */
function pathParameter(text: string, name: SecretName): Value | null {
  const isPath = name.kind === "session" && text[name.end] === "=" && textBefore(text, name, 1) === ";";
  return isPath ? spanAt(PATH_VALUE, text, name.end + 1) : null;
}

const CONNECTION_VALUE = /[^;"'`<>\r\n]{1,1024}/y;

/** `Server=db;Password=x;` with a capital, which tells it from minified code. */
function connectionPart(text: string, name: SecretName): Value | null {
  if (text[name.end] !== "=" || textBefore(text, name, 1) !== ";") return null;
  return /[A-Z]/.test(text.charAt(wholeStart(text, name)))
    ? spanAt(CONNECTION_VALUE, text, name.end + 1)
    : null;
}

const COOKIE_HEAD = /[ \t]{0,8}:[ \t]{0,8}[^=;\r\n]{0,256}=/y;
const COOKIE_VALUE = /[^;\r\n]{1,16384}/y;

/** `Set-Cookie: name=x; Path=/`: name and attributes are no secret. */
function setCookieLine(text: string, name: SecretName): Value | null {
  if (!/set-cookie$/i.test(text.slice(Math.max(0, name.end - 10), name.end))) return null;
  const head = execAt(COOKIE_HEAD, text, name.end);
  return head && startsLine(text, name) ? spanAt(COOKIE_VALUE, text, name.end + head[0].length) : null;
}

/** Start of a line, or of the text after its byte order mark, with what shell, Docker, YAML and comments put there. */
const LINE_HEAD =
  /(?:^(?:\ufeff|\xef\xbb\xbf)?|[\r\n])[ \t]*(?:(?:export|set|env|arg)[ \t]+|-[ \t]+|#[ \t]*)?$/i;
const MAX_LINE_HEAD = 48;
const LINE_SEPARATOR = /(?:\]|%5[Dd])?[ \t]{0,8}[:=][ \t]{0,8}/y;
const LINE = /[^\r\n]{0,16384}/y;
const NEXT_FORM_FIELD = /(?<!&)&[\w.%[\]-]{1,64}=/;
const CODE =
  /[;,({[]$|&&|\|\||^(?:new|function|await|async|return|null|true|false|undefined)\b|^[\w.$]+\(|^(?:[=>]|\/\/)/;

/** The rest of the line, or of its part before the next form field; of names not in capitals only what is no code. */
function lineValue(text: string, name: SecretName): Value | null {
  const separator = execAt(LINE_SEPARATOR, text, name.end)?.[0];
  if (!separator || (isHeaderName(name) && separator.includes("=")) || !startsLine(text, name)) return null;
  const start = name.end + separator.length;
  const line = execAt(LINE, text, start)?.[0] ?? "";
  const next = line.search(NEXT_FORM_FIELD);
  const end = trimmedEnd(line, next < 0 ? line.length : next);
  const isInCapitals = !/[a-z]/.test(text.slice(wholeStart(text, name), name.end));
  return !isInCapitals && CODE.test(line.slice(0, end)) ? null : { start, end: start + end };
}

function startsLine(text: string, name: SecretName): boolean {
  const before = textBefore(text, name, MAX_LINE_HEAD);
  // Where the text before is cut, its first character must not pass for the start of the text.
  return LINE_HEAD.test(before.length < MAX_LINE_HEAD ? before : `x${before}`);
}

function trimmedEnd(line: string, length: number): number {
  let end = length;
  while (line[end - 1] === " " || line[end - 1] === "\t") end--;
  return end;
}

const HEADER_LIST =
  /("(?:(?:set-)?cookie|(?:proxy-)?authorization|x-[\w-]{0,40}(?:token|key|secret))"[ \t\r\n]{0,8}:[ \t\r\n]{0,8}\[)([^\]]{0,16384})/gi;

/** `"Set-Cookie": ["a=1", "b=2"]`, as programs print headers. */
export function markHeaderLists(text: string, marker: Marker): string {
  return text.replace(HEADER_LIST, (_, head: string, items: string) => {
    const marked = items.replace(
      /"((?:[^"\\]|\\.)+)("?)/g,
      (_item, value: string, end: string) => `"${marker.mark("secret", value)}${end}`,
    );
    return head + marked;
  });
}

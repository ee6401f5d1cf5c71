import type { HeaderList } from "@picket/core";
import { markText } from "./redact-text.ts";
import { markUrl } from "./redact-url.ts";
import { createMarker, type Marker, type RedactionPolicy } from "./redaction-mark.ts";

const SECRET_HEADER = /token|secret|password|passwd|credential|api-?key|session-?id|signature|authorization$/;
const URL_HEADERS = new Set(["location", "content-location", "referer", "refresh", "origin"]);

/**
 * Header fields with their secrets replaced by marks. Kept: names and attributes of cookies, the scheme of an
 * authorization, everything that is no secret.
 */
export function redactHeaders(headers: HeaderList, policy: RedactionPolicy): HeaderList {
  const marker = createMarker(policy, "utf8");
  const harmless = harmlessOf(policy);
  return headers.map(([name, value]) => {
    const field = `${name.toLowerCase()}\n${value}`;
    if (harmless.has(field)) return [name, value];
    const redacted = redactValue(name.toLowerCase(), value, { policy, marker });
    if (redacted === value && field.length <= MAX_REMEMBERED_LENGTH) remember(harmless, field);
    return [name, redacted];
  });
}

/**
 * Fields without a secret, of which most come with every response. What a rule changed is not remembered: no secret
 * outlives its exchange here.
 */
const HARMLESS = new WeakMap<RedactionPolicy, Set<string>>();
/** At most 256 KB for a policy. */
const MAX_REMEMBERED = 1_000;
const MAX_REMEMBERED_LENGTH = 256;

function harmlessOf(policy: RedactionPolicy): Set<string> {
  const known = HARMLESS.get(policy) ?? new Set();
  HARMLESS.set(policy, known);
  return known;
}

function remember(harmless: Set<string>, field: string): void {
  if (harmless.size >= MAX_REMEMBERED) harmless.clear();
  harmless.add(field);
}

function redactValue(name: string, value: string, use: { policy: RedactionPolicy; marker: Marker }): string {
  const { policy, marker } = use;
  if (value === "") return value;
  if (name === "authorization" || name === "proxy-authorization") return authorization(value, marker);
  if (name === "cookie")
    return value
      .split(";")
      .map((pair) => cookiePair(pair, marker))
      .join(";");
  if (name === "set-cookie") return setCookie(value, marker);
  if (SECRET_HEADER.test(name) && !name.startsWith("access-control-")) return marker.mark("secret", value);
  return URL_HEADERS.has(name) ? markUrl(value, policy, marker) : markText(value, policy, marker);
}

/** `Scheme credentials` (RFC 9110 §11.4). */
function authorization(value: string, marker: Marker): string {
  const [, scheme = "", credentials = value] = /^([A-Za-z][\w-]*) +([^ ].*)$/s.exec(value) ?? [];
  const lower = scheme.toLowerCase();
  const mark = marker.mark(lower === "bearer" || lower === "basic" ? lower : "authorization", credentials);
  return scheme === "" ? mark : `${scheme} ${mark}`;
}

function setCookie(value: string, marker: Marker): string {
  const end = value.indexOf(";");
  return end < 0 ? cookiePair(value, marker) : cookiePair(value.slice(0, end), marker) + value.slice(end);
}

/** A pair without `=` is a value without a name (RFC 6265bis §5.6). */
function cookiePair(pair: string, marker: Marker): string {
  const value = pair.slice(pair.indexOf("=") + 1).trim();
  const start = pair.lastIndexOf(value);
  const tail = pair.slice(start + value.length);
  return value === "" ? pair : `${pair.slice(0, start)}${marker.mark("cookie", value)}${tail}`;
}

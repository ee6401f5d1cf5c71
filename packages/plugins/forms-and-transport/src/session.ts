import { type HeaderList, headerValues, isAntiForgeryCookieName, isSessionCookieName } from "@picket/core";
import type { Document } from "./document.ts";
import type { Weakness } from "./weakness.ts";

function nameOf(cookie: string): string {
  return cookie.split("=", 1)[0]?.trim() ?? "";
}

/** True when the answer sets a cookie that scripts send back in a header: what checks it checks forms too. */
export function setsAntiForgeryCookie(headers: HeaderList): boolean {
  return headerValues(headers, "set-cookie").some((cookie) => isAntiForgeryCookieName(nameOf(cookie)));
}

/** True when the answer sets a session's cookie that browsers send along with requests of other sites. */
export function setsForgeableSession(headers: HeaderList): boolean {
  return headerValues(headers, "set-cookie").some((cookie) => {
    const [, ...attributes] = cookie.split(";");
    const isLimited = attributes.some((attribute) =>
      /^\s*samesite\s*=\s*(?:lax|strict)\s*$/i.test(attribute),
    );
    return isSessionCookieName(nameOf(cookie)) && !isLimited;
  });
}

/** Names that servers give their own sessions' ids; and short ones, whose values must look like an id. */
const SERVER_NAME = "jsessionid|phpsessid|aspsessionid\\w{0,16}|asp\\.net_sessionid|cfid|cftoken";
const SHORT_NAME = "sessionid|session_id|sid";
const VALUE = "[\\w-]{16,}";
/** Behind `;` as servlets write it, in the query, or as ASP.NET's first part of the path; or a mark in the value's place. */
const SESSION_IN_URL = new RegExp(
  `[;?&](${SERVER_NAME})=(?:\\[redacted:|${VALUE})|[;?&](${SHORT_NAME})=(?:\\[redacted:[^\\]]{1,80}~random|${VALUE})|/\\([SAFX]\\([a-z0-9]{20,}\\)\\)/`,
  "i",
);

/** The name under which an address carries a session's id; null when it carries none. */
function sessionIn(url: string): string | null {
  const match = SESSION_IN_URL.exec(decoded(url));
  return match && (match[1] ?? match[2] ?? "path").toLowerCase();
}

/** Brackets of marks may be escaped in an address. */
function decoded(url: string): string {
  return url.replaceAll(/%5B/gi, "[").replaceAll(/%5D/gi, "]");
}

function weakness(url: string): Weakness[] {
  const name = sessionIn(url);
  return name === null ? [] : [{ claim: "session-in-url", key: name, snippet: `an address with ${name}` }];
}

/** Ids in the addresses that a page links to, if they are the site's own. */
export function sessionsInLinks({ elements, resolve, url }: Document): Weakness[] {
  return elements.flatMap(({ name, attributes }) => {
    const reference = name === "a" ? attributes.href : name === "form" ? attributes.action : undefined;
    const target = resolve(reference);
    return target?.host === url.host ? weakness(target.href) : [];
  });
}

/** An id in the address that an answer sends the visitor to. */
export function sessionInRedirect(headers: HeaderList): Weakness[] {
  return headerValues(headers, "location").flatMap(weakness);
}

import { cookiesSet, kindOf, parseWebUrl, routeOf } from "@picket/core";
import type { SessionReader } from "../session.ts";

interface ObservedCookie {
  readonly name: string;
  /** Empty: not known, as recordings show no values of cookies. */
  readonly value: string;
  /** The first URL, by its text, that set it. */
  readonly url: string;
  readonly route: string;
}

/** Most different cookies that are offered. */
const MAX_COOKIES = 50;

const SESSION_NAME = /sess|sid$|^sid|auth|remember/i;

/** Cookies that the target sets, but for sessions and tokens: what is in those, it made itself. */
export async function observedCookies(session: SessionReader): Promise<ObservedCookie[]> {
  const found = new Map<string, ObservedCookie>();
  for await (const { url, responseHeaders } of session.fetches({ method: "GET", source: "broker" })) {
    for (const [name, value] of cookiesSet(responseHeaders)) {
      const isMasked = value.includes("[redacted:");
      if (SESSION_NAME.test(name) || kindOf(name, isMasked ? "" : value) === "token") continue;
      const known = found.get(name);
      if (!known || url < known.url)
        found.set(name, { name, value: isMasked ? "" : value, url, route: routeOf(parseWebUrl(url).path) });
    }
  }
  return [...found.values()].sort((a, b) => (a.name < b.name ? -1 : 1)).slice(0, MAX_COOKIES);
}

import { type HeaderList, headerValues, hrefOf, type WebUrl } from "@picket/core";
import { CookieJar } from "tough-cookie";
import { maskCookie } from "./cookie-secrets.ts";
import type { SecretMask } from "./secret-mask.ts";

/** The cookies of one session, as a browser keeps them. */
export interface SessionJar {
  /** Value of the Cookie header; null when there is none to send. */
  header(url: WebUrl): string | null;
  /**
   * Keeps what a response sets, and has the mask know it. Names of the cookies that are meant to be secret (HttpOnly) and
   * too short to be masked.
   */
  keep(url: WebUrl, headers: HeaderList): string[];
  names(url: WebUrl): Set<string>;
}

export function createSessionJar(mask: SecretMask): SessionJar {
  const jar = new CookieJar();
  const cookies = (url: WebUrl) => jar.getCookiesSync(hrefOf(url));
  return {
    header: (url) =>
      cookies(url)
        .map((cookie) => cookie.cookieString())
        .join("; ") || null,
    keep(url, headers) {
      const kept = headerValues(headers, "set-cookie").flatMap(
        (line) => jar.setCookieSync(line, hrefOf(url), { ignoreError: true }) ?? [],
      );
      return kept
        .filter(({ value, httpOnly }) => value !== "" && !maskCookie(mask, value) && httpOnly)
        .map(({ key }) => key);
    },
    names: (url) => new Set(cookies(url).map(({ key }) => key)),
  };
}

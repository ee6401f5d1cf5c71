import { type HeaderList, headerValues, hrefOf, type WebUrl } from "@picket/core";
import { CookieJar } from "tough-cookie";
import type { SecretMask } from "./secret-mask.ts";

/** Shorter cookie values, such as `dark`, are ordinary text: they are replaced in cookie headers only. */
const MIN_COOKIE_SECRET = 8;

/** The cookies of one session, as a browser keeps them. */
export interface SessionJar {
  /** Value of the Cookie header; null when there is none to send. */
  header(url: WebUrl): string | null;
  /** Keeps what a response sets, and has the mask know it. */
  keep(url: WebUrl, headers: HeaderList): void;
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
      for (const line of headerValues(headers, "set-cookie")) {
        const cookie = jar.setCookieSync(line, hrefOf(url), { ignoreError: true });
        if (cookie && cookie.value.length >= MIN_COOKIE_SECRET) addBoth(mask, cookie.value);
      }
    },
    names: (url) => new Set(cookies(url).map(({ key }) => key)),
  };
}

/** As it is sent, and as an application may read it. */
function addBoth(mask: SecretMask, value: string): void {
  mask.add(value);
  try {
    mask.add(decodeURIComponent(value));
  } catch {
    // Not percent-encoded: there is no other reading.
  }
}

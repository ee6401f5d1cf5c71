import { isSessionCookieName, type WebUrl } from "@picket/core";
import type { CookieSetting } from "./set-cookie.ts";

export type Weakness =
  | { readonly type: "cookie-missing-secure"; readonly severity: "medium" | "low" }
  | { readonly type: "cookie-missing-httponly"; readonly severity: "medium" }
  | { readonly type: "cookie-missing-samesite"; readonly severity: "low" | "info" }
  | { readonly type: "cookie-prefix-violation"; readonly severity: "low" }
  | { readonly type: "cookie-wide-domain"; readonly severity: "low" };

/** Browsers drop a cookie that breaks what its prefix promises (RFC 6265bis, 4.1.3; the prefix has no case). */
function breaksPrefix({ name, secure, domain, path }: CookieSetting): boolean {
  const lowerName = name.toLowerCase();
  if (lowerName.startsWith("__host-")) return !secure || domain !== null || path !== "/";
  return lowerName.startsWith("__secure-") && !secure;
}

function isWiderThan(host: string, domain: string | null): boolean {
  return domain !== null && host.endsWith(`.${domain}`);
}

/** What is wrong with a cookie that a response from `url` sets. */
export function evaluate(cookie: CookieSetting, url: WebUrl): Weakness[] {
  const isSession = isSessionCookieName(cookie.name);
  const isHttps = url.scheme === "https";
  // A missing `Secure` or a Domain is part of this, and browsers that know the prefix keep nothing that could leak.
  if (breaksPrefix(cookie)) return [{ type: "cookie-prefix-violation", severity: "low" }];
  const weaknesses: Weakness[] = [];
  if (!cookie.secure && (isHttps || isSession)) {
    weaknesses.push({ type: "cookie-missing-secure", severity: isHttps && isSession ? "medium" : "low" });
  }
  if (!cookie.httpOnly && isSession) weaknesses.push({ type: "cookie-missing-httponly", severity: "medium" });
  if (cookie.sameSite === null) {
    weaknesses.push({ type: "cookie-missing-samesite", severity: isSession ? "low" : "info" });
  }
  if (isSession && isWiderThan(url.host, cookie.domain)) {
    weaknesses.push({ type: "cookie-wide-domain", severity: "low" });
  }
  return weaknesses;
}

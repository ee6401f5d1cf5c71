import { parseSetCookie, type SetCookie } from "cookie";

/** A cookie as a response sets it. Values are redacted in stored headers and never looked at. */
export interface CookieSetting {
  readonly name: string;
  readonly secure: boolean;
  readonly httpOnly: boolean;
  /** Null when the attribute is missing or says something else. */
  readonly sameSite: "strict" | "lax" | "none" | null;
  readonly path: string | null;
  /** Lower-case, without a leading dot; null for a cookie of this host only. */
  readonly domain: string | null;
  /** The header with the value left out. */
  readonly shown: string;
}

function sameSiteOf({ sameSite }: SetCookie): CookieSetting["sameSite"] {
  if (sameSite === true) return "strict";
  return sameSite === undefined || sameSite === false ? null : sameSite;
}

/** A cookie that is set to expire is being deleted. */
function isDeletion({ maxAge, expires }: SetCookie, now: number): boolean {
  if (maxAge !== undefined) return maxAge <= 0;
  return expires !== undefined && expires.getTime() <= now;
}

/** Attributes as they were written; the value, which may be a secret, is replaced. */
function shownOf(header: string, name: string): string {
  const [, ...attributes] = header.split(";");
  return [`${name}=…`, ...attributes.map((attribute) => attribute.trim())].join("; ");
}

/** Null when the header names no cookie, or deletes one. `now`: ms since the epoch. */
export function trySetCookie(header: string, now: number): CookieSetting | null {
  const cookie = parseSetCookie(header);
  if (cookie.name === "" || isDeletion(cookie, now)) return null;
  const domain = cookie.domain?.toLowerCase().replace(/^\./, "");
  return {
    name: cookie.name,
    secure: cookie.secure ?? false,
    httpOnly: cookie.httpOnly ?? false,
    sameSite: sameSiteOf(cookie),
    path: cookie.path ?? null,
    domain: domain ? domain : null,
    shown: shownOf(header, cookie.name),
  };
}

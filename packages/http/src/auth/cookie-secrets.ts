import type { SecretMask } from "./secret-mask.ts";

/** Shorter values, such as `dark`, are ordinary text: to mask them wherever they occur would spoil what is recorded. */
const MIN_COOKIE_SECRET = 8;

/** Has the mask know a cookie's value, as it is sent and as an application may read it. False: it is too short. */
export function maskCookie(mask: SecretMask, value: string): boolean {
  if (value.length < MIN_COOKIE_SECRET) return false;
  mask.add(value);
  try {
    mask.add(decodeURIComponent(value));
  } catch {
    // Not percent-encoded: there is no other reading.
  }
  return true;
}

/**
 * Has the mask know each value of a Cookie header. Names of the cookies when all of them are too short, as one of them is
 * the session; beside a long one the others are settings.
 */
export function maskCookieHeader(mask: SecretMask, header: string): string[] {
  const pairs = header.split(";").map((pair) => pair.trim().split(/=(.*)/s));
  const short = pairs.filter(([, value = ""]) => !maskCookie(mask, value));
  return short.length === pairs.length ? short.map(([name = ""]) => name) : [];
}

/** Headers that leave a passive check nothing to say; for applications that are awkward in other ways. */
export const SAFE_HEADERS = {
  "content-security-policy": "default-src 'self'; object-src 'none'; base-uri 'none'; frame-ancestors 'none'",
  "x-content-type-options": "nosniff",
  "referrer-policy": "no-referrer",
} as const;

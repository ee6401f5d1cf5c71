import { type HeaderList, headerValues } from "@picket/core";

/** What a response allows pages of an origin. */
export interface Grant {
  /** The origin itself, or `*` for any. */
  readonly allowed: "origin" | "any";
  /** Whether the browser may send cookies and let the page read an answer that heeds them. */
  readonly credentials: boolean;
}

/**
 * WordPress allows every origin by design: it takes a cookie for nobody's unless a nonce of its own pages comes with it,
 * which other origins cannot read.
 * @see https://developer.wordpress.org/rest-api/using-the-rest-api/authentication/
 */
function needsNonce(headers: HeaderList): boolean {
  return headerValues(headers, "access-control-allow-headers").some((value) => /\bx-wp-nonce\b/i.test(value));
}

/**
 * What a browser makes of the CORS headers of a response to `origin` (Fetch, CORS check); null when it keeps the
 * response from the page. Several `Access-Control-Allow-Origin` fields count as none.
 */
export function grantOf(headers: HeaderList, origin: string): Grant | null {
  const [allowed, ...more] = headerValues(headers, "access-control-allow-origin");
  if (allowed === undefined || more.length > 0) return null;
  const sendsCookies = headerValues(headers, "access-control-allow-credentials").join() === "true";
  const credentials = sendsCookies && !needsNonce(headers);
  if (allowed === "*") return { allowed: "any", credentials };
  return allowed === origin ? { allowed: "origin", credentials } : null;
}

/** True when a response without any `Origin` asked still shows that CORS is set up, or carries data for programs. */
export function isApiLike(contentType: string | null, headers: HeaderList): boolean {
  const variesByOrigin = headerValues(headers, "vary").some((value) => /\borigin\b/i.test(value));
  const hasCors = headerValues(headers, "access-control-allow-origin").length > 0;
  return variesByOrigin || hasCors || /[/+](json|xml)$/.test(contentType ?? "");
}

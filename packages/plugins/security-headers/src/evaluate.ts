import { headerValues, tryParseIp } from "@picket/core";
import type { ClaimId } from "./claims.ts";
import { cspWeaknesses, hasFrameAncestors, parsePolicies, restrictsFraming } from "./csp.ts";
import { cspPitfalls } from "./csp-pitfalls.ts";
import type { RecordedPage } from "./recorded-page.ts";

/** A claim that a page supports, and what of it. */
export interface Defect {
  readonly claim: ClaimId;
  /** Lower-case name of the header that the claim is about. */
  readonly header: string;
  /** Value of the header; null when it is missing. */
  readonly value: string | null;
}

/** Six months in seconds, what the HTTP Observatory asks for. */
const MIN_HSTS_SECONDS = 15_768_000;

/** Policies that send path and query to other sites. */
const LEAKING_REFERRER = new Set(["unsafe-url", "no-referrer-when-downgrade"]);
const REFERRER_POLICIES = new Set([
  ...LEAKING_REFERRER,
  "no-referrer",
  "same-origin",
  "origin",
  "origin-when-cross-origin",
  "strict-origin",
  "strict-origin-when-cross-origin",
]);

export function isSuccess({ status }: RecordedPage): boolean {
  return status >= 200 && status < 300 && status !== 204 && status !== 205;
}

/** True when the response makes browsers stay on HTTPS for all of its host, other responses included. */
export function statesHsts({ url, headers }: Pick<RecordedPage, "url" | "headers">): boolean {
  return url.scheme === "https" && headerValues(headers, "strict-transport-security").length > 0;
}

/** Browsers take the policy over HTTPS only, from the first field only, and never for an address (RFC 6797, 8.1). */
function hstsDefects({ url, headers, status }: RecordedPage): Defect[] {
  // A 304 speaks through the response that it confirms; a gateway's error is not the application's.
  if (url.scheme !== "https" || tryParseIp(url.host) || status === 304 || status >= 500) return [];
  const header = "strict-transport-security";
  const [value] = headerValues(headers, header);
  if (value === undefined) return [{ claim: "missing-hsts", header, value: null }];
  const seconds = /(?:^|;)\s*max-age\s*=\s*"?(\d+)"?\s*(?:;|$)/i.exec(value)?.[1];
  return Number(seconds ?? 0) < MIN_HSTS_SECONDS ? [{ claim: "weak-hsts", header, value }] : [];
}

/** Without the body nothing is claimed: the document may state a policy of its own, which binds as well. */
function cspDefects({ headers, meta }: RecordedPage): Defect[] {
  if (!meta) return [];
  const header = "content-security-policy";
  const values = [...headerValues(headers, header), ...meta.csp];
  const policies = parsePolicies(values);
  if (policies.length === 0) return [{ claim: "missing-csp", header, value: null }];
  const weaknesses = [...cspWeaknesses(policies), ...cspPitfalls(values)];
  // Without any sources for scripts, those for plug-ins are part of it.
  const claims = weaknesses.includes("scripts-unrestricted")
    ? weaknesses.filter((claim) => claim !== "object-unrestricted")
    : weaknesses;
  return claims.map((claim) => ({ claim, header, value: values.join(", ") }));
}

/** Of several values one that forbids is enough: browsers then refuse to frame the page (HTML, 7.6.1). */
function frameDefects({ headers }: RecordedPage): Defect[] {
  // `frame-ancestors` in a document has no effect, and in a header it makes browsers ignore X-Frame-Options.
  const csp = headerValues(headers, "content-security-policy");
  const policies = parsePolicies(csp);
  if (restrictsFraming(policies)) return [];
  const claim = "missing-frame-protection";
  if (hasFrameAncestors(policies))
    return [{ claim, header: "content-security-policy", value: csp.join(", ") }];
  const values = headerValues(headers, "x-frame-options");
  const options = values.flatMap((value) => value.toLowerCase().split(",")).map((value) => value.trim());
  if (options.some((value) => value === "deny" || value === "sameorigin")) return [];
  return [{ claim, header: "x-frame-options", value: values.length > 0 ? values.join(", ") : null }];
}

function contentTypeDefects({ headers }: RecordedPage): Defect[] {
  const header = "x-content-type-options";
  const values = headerValues(headers, header);
  const [first = ""] = values.join(",").split(",");
  if (first.trim().toLowerCase() === "nosniff") return [];
  return [
    { claim: "missing-content-type-options", header, value: values.length > 0 ? values.join(", ") : null },
  ];
}

/** The last value that browsers know counts; a document's own comes after the header's. */
function referrerDefects({ headers, meta }: RecordedPage): Defect[] {
  if (!meta) return [];
  const header = "referrer-policy";
  const known = [...headerValues(headers, header), ...meta.referrer]
    .flatMap((value) => value.toLowerCase().split(","))
    .map((value) => value.trim())
    .filter((value) => REFERRER_POLICIES.has(value));
  const value = known.at(-1);
  if (value === undefined) return [{ claim: "missing-referrer-policy", header, value: null }];
  return LEAKING_REFERRER.has(value) ? [{ claim: "weak-referrer-policy", header, value }] : [];
}

/** HSTS is the host's: what is no page need not repeat it. */
export function concernsPage({ claim }: Defect, page: RecordedPage): boolean {
  return claim !== "missing-hsts" || (page.isHtml && isSuccess(page));
}

/**
 * What a response lacks. Each header is asked for only where it has an effect: HSTS on every HTTPS response, the type
 * option on every success, the rest on HTML that a browser would show.
 */
export function evaluate(page: RecordedPage): Defect[] {
  if (!isSuccess(page)) return hstsDefects(page);
  const ofPage = page.isHtml ? [...cspDefects(page), ...frameDefects(page), ...referrerDefects(page)] : [];
  return [...hstsDefects(page), ...contentTypeDefects(page), ...ofPage];
}

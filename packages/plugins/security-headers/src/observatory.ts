import { type HeaderList, headerValues } from "@picket/core";
import { cspWeaknesses, hasFrameAncestors, type Policy, parsePolicies, restrictsFraming } from "./csp.ts";
import type { PageScript, RecordedPage } from "./recorded-page.ts";

/** One test of the HTTP Observatory, and what it takes off or adds. */
export interface Modifier {
  readonly test: string;
  readonly points: number;
  readonly reason: string;
}

export interface Grading {
  /** From 0; 100 and what is added beyond. */
  readonly score: number;
  /** `A+` to `F`. */
  readonly grade: string;
  readonly modifiers: readonly Modifier[];
}

/** Lowest score of each grade, and the score from which additions count: charts of mdn/mdn-http-observatory. */
const GRADES: readonly [least: number, grade: string][] = [
  [100, "A+"],
  [90, "A"],
  [85, "A-"],
  [80, "B+"],
  [70, "B"],
  [65, "B-"],
  [60, "C+"],
  [50, "C"],
  [45, "C-"],
  [40, "D+"],
  [30, "D"],
  [25, "D-"],
  [0, "F"],
];
export const LEAST_FOR_BONUS = 90;

function policyTest(policies: readonly Policy[]): Modifier {
  const result = (points: number, reason: string) => ({ test: "Content-Security-Policy", points, reason });
  if (policies.length === 0) return result(-25, "none");
  const weaknesses = cspWeaknesses(policies);
  const isUnsafe = weaknesses.some((weakness) => weakness !== "eval");
  if (isUnsafe) return result(-20, "scripts are not restricted to known ones");
  if (weaknesses.includes("eval")) return result(-10, "'unsafe-eval'");
  const styles = policies.map((policy) => policy.get("style-src") ?? policy.get("default-src") ?? []);
  const isStyleUnsafe = styles.every((sources) => sources.includes("'unsafe-inline'"));
  if (isStyleUnsafe) return result(0, "unsafe for styles only");
  const isStrict = policies.some((policy) => policy.get("default-src")?.join() === "'none'");
  return isStrict ? result(10, "default-src 'none', nothing unsafe") : result(5, "nothing unsafe");
}

const SESSION_COOKIE = /sess|login|auth(?!or)|(^|[-_.])sid$/i;
const ANTI_FORGERY_COOKIE = /csrf|xsrf/i;

interface CookieFacts {
  readonly isSession: boolean;
  readonly isAntiForgery: boolean;
  readonly has: (attribute: RegExp) => boolean;
}

function cookieFacts(header: string): CookieFacts {
  const [pair = "", ...attributes] = header.split(";");
  const name = pair.split("=")[0] ?? "";
  const isAntiForgery = ANTI_FORGERY_COOKIE.test(name);
  return {
    isSession: SESSION_COOKIE.test(name) && !isAntiForgery,
    isAntiForgery,
    has: (attribute) => attributes.some((one) => attribute.test(one.trim())),
  };
}

const SECURE = /^secure$/i;
const HTTP_ONLY = /^httponly$/i;
const SAME_SITE = /^samesite=(?:strict|lax|none)$/i;

function cookieTest(headers: HeaderList, hasHsts: boolean): Modifier {
  const result = (points: number, reason: string) => ({ test: "Cookies", points, reason });
  const cookies = headerValues(headers, "set-cookie").map(cookieFacts);
  if (cookies.length === 0) return result(0, "none");
  const insecure = cookies.filter(({ has }) => !has(SECURE));
  const sessions = cookies.filter(({ isSession }) => isSession);
  if (insecure.some(({ isSession }) => isSession))
    return result(hasHsts ? -10 : -40, "a session's without Secure");
  if (sessions.some(({ has }) => !has(HTTP_ONLY))) return result(-30, "a session's without HttpOnly");
  if (cookies.some(({ isAntiForgery, has }) => isAntiForgery && !has(SAME_SITE)))
    return result(-20, "an anti-forgery token's without SameSite");
  if (insecure.length > 0) return result(hasHsts ? -5 : -20, "without Secure");
  return cookies.every(({ has }) => has(SAME_SITE)) ? result(5, "all flags set") : result(0, "no SameSite");
}

/** Six months in seconds. */
const MIN_HSTS_SECONDS = 15_768_000;

/** Asked of HTTPS only: the Observatory takes 20 points from a site without it, which a test system may well be. */
function hstsTest({ url, headers }: RecordedPage): Modifier[] {
  if (url.scheme !== "https") return [];
  const result = (points: number, reason: string) => [{ test: "Strict-Transport-Security", points, reason }];
  const [value] = headerValues(headers, "strict-transport-security");
  if (value === undefined) return result(-20, "none");
  const seconds = /(?:^|;)\s*max-age\s*=\s*"?(\d+)"?/i.exec(value)?.[1];
  if (seconds === undefined) return result(-20, "without max-age");
  return Number(seconds) < MIN_HSTS_SECONDS
    ? result(-10, "under six months")
    : result(0, "six months or more");
}

const PRIVATE_REFERRER = new Set([
  "no-referrer",
  "same-origin",
  "strict-origin",
  "strict-origin-when-cross-origin",
]);

function referrerTest({ headers, meta }: RecordedPage): Modifier {
  const result = (points: number, reason: string) => ({ test: "Referrer-Policy", points, reason });
  const values = [...headerValues(headers, "referrer-policy"), ...(meta?.referrer ?? [])];
  const last = values
    .flatMap((value) => value.toLowerCase().split(","))
    .at(-1)
    ?.trim();
  if (last === undefined) return result(0, "none");
  return PRIVATE_REFERRER.has(last) ? result(5, last) : result(-5, last);
}

function framingTest(headers: HeaderList): Modifier {
  const result = (points: number, reason: string) => ({ test: "X-Frame-Options", points, reason });
  const policies = parsePolicies(headerValues(headers, "content-security-policy"));
  if (hasFrameAncestors(policies) && restrictsFraming(policies)) return result(5, "by frame-ancestors");
  const [value] = headerValues(headers, "x-frame-options");
  if (value === undefined) return result(-20, "none");
  return /^(?:deny|sameorigin|allow-from\b.*)$/i.test(value.trim())
    ? result(0, value)
    : result(-20, "not valid");
}

function typeTest(headers: HeaderList): Modifier {
  const [value = ""] = headerValues(headers, "x-content-type-options");
  const isSet = /^\s*nosniff\b/i.test(value);
  return { test: "X-Content-Type-Options", points: isSet ? 0 : -5, reason: isSet ? "nosniff" : "none" };
}

function resourcePolicyTest(headers: HeaderList): Modifier {
  const result = (points: number, reason: string) => ({
    test: "Cross-Origin-Resource-Policy",
    points,
    reason,
  });
  const [value] = headerValues(headers, "cross-origin-resource-policy");
  if (value === undefined) return result(0, "none");
  if (/^\s*same-(?:origin|site)\s*$/i.test(value)) return result(10, value);
  return /^\s*cross-origin\s*$/i.test(value) ? result(0, value) : result(-5, "not valid");
}

function isForeign({ src }: PageScript, { url }: RecordedPage): boolean {
  const host = URL.canParse(src, `${url.scheme}://${url.host}`)
    ? new URL(src, `${url.scheme}://${url.host}`).hostname
    : url.host;
  return host.split(".").slice(-2).join(".") !== url.host.split(".").slice(-2).join(".");
}

function integrityTest(page: RecordedPage): Modifier {
  const result = (points: number, reason: string) => ({ test: "Subresource Integrity", points, reason });
  const foreign = page.scripts.filter((script) => isForeign(script, page));
  const hasHash = page.scripts.some(({ integrity }) => integrity !== undefined);
  if (foreign.length === 0)
    return hasHash ? result(5, "own scripts with a hash") : result(0, "own scripts only");
  const isInsecure = foreign.some(({ src }) => !src.toLowerCase().startsWith("https:"));
  const isBare = foreign.some(({ integrity }) => integrity === undefined);
  if (isInsecure) return result(isBare ? -50 : -20, "scripts of other sites that need not come over HTTPS");
  return isBare
    ? result(-5, "scripts of other sites without a hash")
    : result(5, "scripts of other sites with a hash");
}

/**
 * A page by the modifiers of MDN's HTTP Observatory. Not among them: CORS and the redirect to HTTPS, which take requests
 * of their own, and preloading, which takes a list.
 */
export function gradeOf(page: RecordedPage): Grading {
  const { headers, meta } = page;
  const hsts = hstsTest(page);
  const policies = parsePolicies([...headerValues(headers, "content-security-policy"), ...(meta?.csp ?? [])]);
  const modifiers = [
    policyTest(policies),
    cookieTest(
      headers,
      hsts.some(({ points }) => points === 0),
    ),
    ...hsts,
    referrerTest(page),
    framingTest(headers),
    typeTest(headers),
    resourcePolicyTest(headers),
    integrityTest(page),
  ];
  const sum = (sign: number) =>
    modifiers.reduce((total, { points }) => (points * sign > 0 ? total + points : total), 0);
  const base = Math.max(0, 100 + sum(-1));
  const score = base >= LEAST_FOR_BONUS ? base + sum(1) : base;
  const grade = GRADES.find(([least]) => score >= least)?.[1] ?? "F";
  return { score, grade, modifiers: modifiers.filter(({ points }) => points !== 0) };
}

import { type FetchFailure, type HeaderList, headerValues, type RequestOutcome } from "@picket/core";
import type { WireResponse } from "./exchange.ts";
import { FetchError } from "./fetch-error.ts";

/** Longest pause a target is granted, ms: a mistaken date must not keep it from being scanned for a year. */
const LONGEST_PAUSE_MS = 3_600_000;

const FAILURES: Partial<Record<FetchFailure, RequestOutcome["kind"] & ("unreachable" | "timed_out")>> = {
  dns_error: "unreachable",
  connect_error: "unreachable",
  tls_error: "unreachable",
  connection_reset: "unreachable",
  timed_out: "timed_out",
};

/** The form that RFC 9110 asks of senders. `Date.parse` would make a year of any number. */
const HTTP_DATE = /^[A-Z][a-z]{2}, \d{2} [A-Z][a-z]{2} \d{4} \d{2}:\d{2}:\d{2} GMT$/;

/** What an exchange says about the target's state. */
export function outcomeOf(outcome: WireResponse | FetchError, elapsedMs: number): RequestOutcome {
  if (outcome instanceof FetchError) return { kind: FAILURES[outcome.reason] ?? "unsent" };
  const { status, headers } = outcome;
  const retryAfterMs = retryAfter(headers, Date.now());
  return { kind: "answered", status, elapsedMs, ...(retryAfterMs !== null && { retryAfterMs }) };
}

/** Milliseconds until the time that Retry-After names, by seconds or by date (RFC 9110, 10.2.3); null without one. */
export function retryAfter(headers: HeaderList, now: number): number | null {
  const [value = ""] = headerValues(headers, "retry-after");
  const ms = /^\d+$/.test(value)
    ? Number(value) * 1_000
    : HTTP_DATE.test(value)
      ? Date.parse(value) - now
      : Number.NaN;
  return Number.isNaN(ms) ? null : Math.min(Math.max(0, ms), LONGEST_PAUSE_MS);
}

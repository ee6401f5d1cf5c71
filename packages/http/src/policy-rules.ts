import {
  DESTRUCTIVE_WORDS,
  destructiveWord,
  headerValues,
  maySubmitForms,
  type RequestPolicy,
  type ScopeRefusal,
  type SideEffect,
  UNDOING_WORDS,
} from "@picket/core";
import type { WireRequest } from "./exchange.ts";
import { outOfScope } from "./fetch-error.ts";
import { isGraphqlQuery } from "./request-rules.ts";

/** They change nothing (RFC 9110 §9.2.1, RFC 4918, RFC 3253, RFC 5323). */
const READING = new Set(["GET", "HEAD", "OPTIONS", "TRACE", "PROPFIND", "REPORT", "SEARCH"]);
/** They change what they are meant to change: what a form does. */
const SUBMITTING = new Set(["POST", "PUT", "PATCH"]);

const OVERRIDES = ["x-http-method-override", "x-http-method", "x-method-override"];

type Sent = Pick<WireRequest, "method" | "url" | "headers" | "body">;

/** The methods that an application may take it for: frameworks read another one from a header or a field `_method`. */
function methodsOf({ method, url, headers, body }: Sent): string[] {
  const form = body && body.length < 65_536 ? Buffer.from(body).toString("latin1") : "";
  const named = [url.query, form].flatMap((text) => new URLSearchParams(text).getAll("_method"));
  const overriding = OVERRIDES.flatMap((name) => headerValues(headers, name));
  return [method, ...[...named, ...overriding].map((each) => each.toUpperCase())];
}

/** Why the target's policy keeps a plugin's request back; null when it does not. */
function refusal(
  request: Sent,
  sideEffect: SideEffect,
  policy: RequestPolicy,
): { reason: ScopeRefusal; detail: string } | null {
  const methods = methodsOf(request);
  const isReading = methods.every((method) => READING.has(method));
  if (!policy.destructive) {
    const other = methods.find((method) => !READING.has(method) && !SUBMITTING.has(method));
    if (other) return { reason: "destructive", detail: `${other} may take something away` };
    const word = destructiveWord(request.url, isReading ? UNDOING_WORDS : DESTRUCTIVE_WORDS);
    // Links are a visitor's to follow, and what is read without a session ends none.
    const isVisit = isReading && sideEffect === "passive";
    if (word !== null && !isVisit) return { reason: "destructive", detail: `the URL says ${word}` };
  }
  if (isReading || isGraphqlQuery(request) || maySubmitForms(policy, sideEffect)) return null;
  return { reason: "form_submission", detail: `${request.method} is not for ${sideEffect} plugins` };
}

/** Throws FetchError `out_of_scope` for what the target's policy does not let a plugin of this class send. */
export function assertPermitted(request: Sent, sideEffect: SideEffect, policy: RequestPolicy): void {
  const refused = refusal(request, sideEffect, policy);
  if (refused) throw outOfScope(refused.reason, `not sent, by the target's policy: ${refused.detail}`);
}

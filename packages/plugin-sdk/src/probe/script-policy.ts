import { headerValues } from "@picket/core";
import type { Answer } from "./answer.ts";
import { attributeOf, type Element } from "./html-nodes.ts";

/** What a browser is asked to run. */
export interface ScriptUse {
  readonly by: "handler" | "script" | "javascript-url" | "script-source" | "expression";
  /** Of the `script` element itself; null: it has none. */
  readonly nonce: string | null;
}

type Policy = ReadonlyMap<string, readonly string[]>;

/** Of a directive that is named twice, the first counts (CSP 3 §2.2.1). */
function policyOf(text: string): Policy {
  const policy = new Map<string, string[]>();
  for (const directive of text.split(";")) {
    const [name = "", ...sources] = directive.trim().split(/\s+/);
    if (name !== "" && !policy.has(name.toLowerCase())) policy.set(name.toLowerCase(), sources);
  }
  return policy;
}

function sourcesFor(policy: Policy, { by }: ScriptUse): readonly string[] | undefined {
  if (by === "expression") return policy.get("script-src") ?? policy.get("default-src");
  const own = by === "handler" ? "script-src-attr" : "script-src-elem";
  return policy.get(own) ?? policy.get("script-src") ?? policy.get("default-src");
}

/** Sources that take the place of 'unsafe-inline', and of the hosts where 'strict-dynamic' is among them. */
const REPLACES_INLINE = /^'(?:nonce-|sha(?:256|384|512)-|strict-dynamic')/i;
const ANY_HOST = /^(?:\*|https?:)$/i;

function allows(policy: Policy, use: ScriptUse): boolean {
  const sandbox = policy.get("sandbox");
  if (sandbox && !sandbox.includes("allow-scripts")) return false;
  const sources = sourcesFor(policy, use);
  if (!sources) return true;
  const has = (word: string) => sources.some((source) => source.toLowerCase() === word);
  if (use.by === "expression") return has("'unsafe-eval'");
  if (use.nonce && sources.includes(`'nonce-${use.nonce}'`)) return true;
  if (use.by === "script-source")
    return !has("'strict-dynamic'") && sources.some((source) => ANY_HOST.test(source));
  return has("'unsafe-inline'") && !sources.some((source) => REPLACES_INLINE.test(source));
}

/** A policy, and from which character of the page on it is in force. */
export interface PlacedPolicy {
  readonly policy: Policy;
  readonly from: number;
}

/** Policies of the answer's headers. One that only reports is none. */
export function headerPolicies({ response: { headers } }: Answer): PlacedPolicy[] {
  return headerValues(headers, "content-security-policy")
    .flatMap((value) => value.split(","))
    .map((text) => ({ policy: policyOf(text), from: 0 }));
}

/** The policy of a `meta` element, which knows no sandbox (HTML 4.2.5.3); null: it has none. */
export function metaPolicy(element: Element): PlacedPolicy | null {
  const isPolicy = attributeOf(element, "http-equiv")?.toLowerCase() === "content-security-policy";
  const text = element.tagName === "meta" && isPolicy ? attributeOf(element, "content") : null;
  if (text === null) return null;
  const policy = new Map([...policyOf(text)].filter(([name]) => name !== "sandbox"));
  return { policy, from: element.sourceCodeLocation?.endOffset ?? 0 };
}

/**
 * Whether the policies let a script run that was sent to the target: one in the page, at this character, or one from
 * whatever host. Every policy must (CSP 3 §4).
 */
export function policiesAllow(
  policies: readonly PlacedPolicy[],
  use: ScriptUse & { readonly offset: number },
): boolean {
  return policies.every(({ policy, from }) => from > use.offset || allows(policy, use));
}

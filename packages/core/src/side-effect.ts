import type { Capability, SideEffect } from "./vocabulary.ts";

/** Sends nothing that no visitor sends, and no more than that. */
const OF_CAPABILITY: Record<Capability, SideEffect> = {
  "http:passive": "passive",
  "http:active": "safe_active",
  "http:intrusive": "intrusive",
  "auth:use": "passive",
  "auth:compare": "passive",
  "tls:connect": "safe_active",
  "callback:use": "intrusive",
  "dns:resolve": "passive",
  "intel:read": "passive",
};

const ORDER: readonly SideEffect[] = ["passive", "safe_active", "intrusive"];

/** What may happen to a target by whoever has these capabilities: the worst of them. */
export function sideEffectOf(capabilities: readonly Capability[]): SideEffect {
  const classes = new Set(capabilities.map((capability) => OF_CAPABILITY[capability]));
  return ORDER.findLast((each) => classes.has(each)) ?? "passive";
}

/** The classes that these capabilities let in, mildest first. */
export function sideEffectsIn(capabilities: readonly Capability[]): SideEffect[] {
  return ORDER.slice(0, ORDER.indexOf(sideEffectOf(capabilities)) + 1);
}

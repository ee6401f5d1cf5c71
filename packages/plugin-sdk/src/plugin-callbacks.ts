import type { CallbackHits, CallbackPort, CallbackProbe, CallbackRefusal } from "@picket/core";

/**
 * The callback listener, for plugins with `callback:use`: what a target itself asks for when it is given an address to
 * ask. A refusal is a result: nothing was proven then, and nothing was ruled out.
 */
export interface PluginCallbacks {
  /** A new token with its addresses. Picket never asks for them itself: only what was sent to the target can. */
  probe(): Promise<CallbackProbe | CallbackRefusal>;
  /** What came for these tokens, at most 200 at once. Waits until each has a hit, `waitMs` at most (default 0). */
  hits(tokens: readonly string[], options?: { waitMs?: number }): Promise<CallbackHits | CallbackRefusal>;
}

export function createPluginCallbacks(port: CallbackPort): PluginCallbacks {
  return {
    probe: () => port.probe(),
    hits: (tokens, { waitMs = 0 } = {}) => port.hits(tokens, waitMs),
  };
}

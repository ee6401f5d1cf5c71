import {
  decideAddresses,
  type EgressPolicy,
  originOf,
  type ScopeDecision,
  toError,
  tryParseIp,
  type WebUrl,
} from "@picket/core";
import { FetchError, outOfScope } from "./fetch-error.ts";
import type { Resolver } from "./resolver.ts";

declare const passed: unique symbol;

/** A URL and one of its host's addresses, both allowed by scope. Only the gate makes one, and only it is connected to. */
export interface ScopedTarget {
  readonly url: WebUrl;
  readonly address: string;
  readonly [passed]: true;
}

/** At least one, in the resolver's order. */
export type ScopedTargets = readonly [ScopedTarget, ...ScopedTarget[]];

/** Decides scope for a URL. Throws FetchError: `out_of_scope`, `dns_error`, or the signal's reason. */
export type ScopeGate = (url: WebUrl, signal: AbortSignal) => Promise<ScopedTargets>;

/** A name server that answers differently each time costs no more memory than so many answers. */
const MAX_REMEMBERED = 100;

/** `decide`: the first half, by the URL alone; the second, by all of its host's addresses, is `policy`'s. */
export function createScopeGate(
  decide: (url: WebUrl) => ScopeDecision,
  policy: EgressPolicy,
  resolver: Resolver,
): ScopeGate {
  // By host, port and addresses alone: what was allowed once is allowed again.
  const allowed = new Set<string>();
  return async (url, signal) => {
    signal.throwIfAborted();
    assertAllowed(decide(url));
    const addresses = tryParseIp(url.host) ? [url.host] : await resolve(url.host, resolver, signal);
    const question = `${url.host} ${url.port} ${addresses.join(" ")}`;
    if (!allowed.has(question)) {
      assertAllowed(decideAddresses(addresses, url, policy));
      if (allowed.size >= MAX_REMEMBERED) allowed.clear();
      allowed.add(question);
    }
    const [first, ...rest] = addresses.map((address) => ({ url, address }) as ScopedTarget);
    if (!first) throw outOfScope("unresolvable", `${originOf(url)} has no address`);
    return [first, ...rest];
  };
}

function assertAllowed(decision: ScopeDecision): void {
  if (!decision.allowed) throw outOfScope(decision.reason, decision.detail);
}

async function resolve(host: string, resolver: Resolver, signal: AbortSignal): Promise<readonly string[]> {
  const { promise: aborted, reject } = Promise.withResolvers<never>();
  const abort = () => reject(signal.reason);
  signal.addEventListener("abort", abort, { once: true });
  try {
    return await Promise.race([resolver(host), aborted]);
  } catch (error) {
    if (signal.aborted) throw signal.reason;
    throw new FetchError("dns_error", `${host} could not be resolved: ${toError(error).message}`, {
      cause: error,
    });
  } finally {
    signal.removeEventListener("abort", abort);
  }
}

import { FetchFailure, ScopeRefusal } from "@picket/core";
import type { FetchError } from "./fetch-error.ts";

/** What a broker has done since it was made. */
export interface BrokerCounters {
  /** Responses received, redirects included. */
  responses: number;
  /** Of those, the ones that were known already: nothing was sent. */
  recalled: number;
  /** Requests that ended without a response, by reason. */
  failures: Record<FetchFailure, number>;
  /** Those of them that scope refused, by its reason. */
  refusals: Record<ScopeRefusal, number>;
  /** First messages of handshakes that were sent to see what is accepted. */
  tlsOffers: number;
  /** Decoded body bytes kept. */
  bodyBytes: number;
}

export function zeroCounters(): BrokerCounters {
  return {
    responses: 0,
    recalled: 0,
    failures: zeros(FetchFailure.options),
    refusals: zeros(ScopeRefusal.options),
    tlsOffers: 0,
    bodyBytes: 0,
  };
}

export function countFailure(counters: BrokerCounters, { reason, refusal }: FetchError): void {
  counters.failures[reason] += 1;
  if (refusal) counters.refusals[refusal] += 1;
}

function zeros<K extends string>(keys: readonly K[]): Record<K, number> {
  return Object.fromEntries(keys.map((key) => [key, 0])) as Record<K, number>;
}

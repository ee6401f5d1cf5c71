import { type CallbackHit, type HitStore, MAX_HITS_PER_TOKEN, type TokenHit } from "@picket/core";

/** Tokens that hits are kept of. */
const MAX_TOKENS = 10_000;

/** Hits in this process, for a listener and a run that share it. */
export function createMemoryHitStore(): HitStore {
  const hits = new Map<string, CallbackHit[]>();
  return {
    async add(token, hit) {
      const known = hits.get(token) ?? [];
      if (known.length === 0 && hits.size >= MAX_TOKENS) return false;
      hits.set(token, known.concat(hit).slice(0, MAX_HITS_PER_TOKEN));
      return true;
    },
    read: async (tokens) =>
      tokens.flatMap((token) => (hits.get(token) ?? []).map((hit): TokenHit => ({ token, ...hit }))),
    announce: async () => undefined,
    isListening: async () => true,
  };
}

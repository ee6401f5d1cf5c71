import { setTimeout as sleep } from "node:timers/promises";
import {
  type CallbackPort,
  type CallbackRefusal,
  type Capability,
  type HitStore,
  MAX_HITS_WAIT_MS,
  MAX_PROBES_PER_RUN,
  MAX_TOKENS_PER_QUERY,
  toError,
} from "@picket/core";
import { createTokenMint } from "./token-mint.ts";

/** Between two looks at the store, ms. */
const LOOK_EVERY_MS = 250;

export interface CallbackTerms {
  /** The mint's key, that of the listener. */
  key: string;
  store: HitStore;
  /** Where targets reach the HTTP listener. */
  url: string;
  /** The DNS listener's zone; null: it has none. */
  zone: string | null;
}

/** Gives module runs their tokens and the hits of these, and of no others. */
export interface CallbackDesk {
  /** Refuses whoever lacks `callback:use`. */
  forRun(moduleRunId: string, capabilities: readonly Capability[]): CallbackPort;
}

const OFF: CallbackRefusal = { ok: false, reason: "off", detail: "no callback listener is set up" };
const NOT_ALLOWED = refused("callbacks need callback:use");

function unavailable(thrown: unknown): CallbackRefusal {
  return { ok: false, reason: "unavailable", detail: toError(thrown).message };
}

const NOBODY_LISTENS: CallbackRefusal = {
  ok: false,
  reason: "unavailable",
  detail: "the callback listener has not been heard of lately",
};

function refused(detail: string): CallbackRefusal {
  return { ok: false, reason: "refused", detail };
}

/** Where the zone is the listener's host too, a name of the token's own: one address that is looked up and asked for. */
function addressOf({ url, zone }: CallbackTerms, token: string): string {
  const address = new URL(url.endsWith("/") ? url : `${url}/`);
  if (address.hostname === zone?.toLowerCase()) address.hostname = `${token}.${zone}`;
  address.pathname += token;
  return address.href;
}

function refusing(refusal: CallbackRefusal): CallbackPort {
  return { probe: async () => refusal, hits: async () => refusal };
}

/** `terms` null: nothing is set up, and every plugin is told so. */
export function createCallbackDesk(terms: CallbackTerms | null): CallbackDesk {
  if (!terms) return { forRun: () => refusing(OFF) };
  const { key, store, zone } = terms;
  const mint = createTokenMint(key);

  /** Null: all is well. Where nobody listens, no hit says nothing. */
  async function trouble(): Promise<CallbackRefusal | null> {
    try {
      return (await store.isListening()) ? null : NOBODY_LISTENS;
    } catch (thrown) {
      return unavailable(thrown);
    }
  }

  async function untilAllHit(tokens: readonly string[], waitMs: number) {
    const deadline = performance.now() + waitMs;
    for (;;) {
      const hits = await store.read(tokens);
      const left = deadline - performance.now();
      if (left <= 0 || new Set(hits.map(({ token }) => token)).size >= tokens.length) return hits;
      await sleep(Math.min(left, LOOK_EVERY_MS));
    }
  }

  return {
    forRun(moduleRunId, capabilities) {
      if (!capabilities.includes("callback:use")) return refusing(NOT_ALLOWED);
      let issued = 0;
      return {
        async probe() {
          if (issued >= MAX_PROBES_PER_RUN) return refused(`a run may have ${MAX_PROBES_PER_RUN} probes`);
          issued += 1;
          const problem = await trouble();
          if (problem) return problem;
          const token = mint.issue(moduleRunId);
          const dnsName = zone === null ? null : `${token}.${zone}`;
          return { ok: true, token, httpUrl: addressOf(terms, token), dnsName, answer: mint.answer(token) };
        },
        async hits(tokens, waitMs) {
          if (tokens.length > MAX_TOKENS_PER_QUERY) return refused(`at most ${MAX_TOKENS_PER_QUERY} tokens`);
          const own = tokens.filter((token) => mint.isOwn(moduleRunId, token));
          if (own.length < tokens.length) return refused("a token is not this run's own");
          try {
            const hits = await untilAllHit(own, Math.min(waitMs, MAX_HITS_WAIT_MS));
            return (await trouble()) ?? { ok: true, hits };
          } catch (thrown) {
            return unavailable(thrown);
          }
        },
      };
    },
  };
}

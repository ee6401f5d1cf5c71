import type { CallbackHit } from "@picket/core";
import { createRateLimit } from "./rate-limit.ts";
import type { TokenMint } from "./token-mint.ts";

/** Hits that wait for a store that is away. */
const MAX_WAITING = 1_000;
const MAX_WHAT = 256;
const MAX_AGENT = 160;
const MAX_FROM = 64;

/** What the listeners share: who may speak, and what of it is kept. */
export interface Doorkeeper {
  /** Whether this address is answered now. */
  isWelcome(from: string): boolean;
  /** Tokens in the text; each is a hit that is kept. Without one, nothing is. */
  note(text: string, hit: Omit<CallbackHit, "at">): string[];
  answer(token: string): string;
  /** Tries again to keep what could not be kept; resolves when nothing waits or the store is still away. */
  flush(): Promise<void>;
}

export interface DoorkeeperOptions {
  mint: TokenMint;
  add(token: string, hit: CallbackHit): Promise<boolean>;
  /** Told when a hit is lost: there was no room, or the store was away for too long. */
  onLost(reason: string): void;
}

/** Control characters would let a stranger write lines of a log or a report. */
function plain(text: string, length: number): string {
  return text.replace(/[^\x20-\x7e]/g, "?").slice(0, length);
}

export function createDoorkeeper({ mint, add, onLost }: DoorkeeperOptions): Doorkeeper {
  const isWelcome = createRateLimit();
  const waiting: { token: string; hit: CallbackHit }[] = [];
  let flushing: Promise<void> | null = null;

  async function keepWaiting(): Promise<void> {
    for (let next = waiting[0]; next; next = waiting[0]) {
      try {
        if (!(await add(next.token, next.hit))) onLost("there is no room for more");
      } catch {
        // The store is away: `note` and the next `flush` try again.
        return;
      }
      waiting.shift();
    }
  }

  function flush(): Promise<void> {
    flushing ??= keepWaiting().finally(() => {
      flushing = null;
    });
    return flushing;
  }

  return {
    isWelcome,
    answer: mint.answer,
    flush,
    note(text, { channel, from, what, agent }) {
      const tokens = mint.genuine(text);
      const hit = {
        channel,
        at: new Date().toISOString(),
        from: plain(from, MAX_FROM),
        what: plain(what, MAX_WHAT),
        agent: plain(agent, MAX_AGENT),
      };
      for (const token of tokens) {
        if (waiting.length < MAX_WAITING) waiting.push({ token, hit });
        else onLost("too many wait for the store");
      }
      if (tokens.length > 0) void flush();
      return tokens;
    },
  };
}

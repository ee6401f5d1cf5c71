import { z } from "zod";

/** Hits that are kept of one token: more say nothing new. */
export const MAX_HITS_PER_TOKEN = 10;

/** Tokens that one question for hits may name. */
export const MAX_TOKENS_PER_QUERY = 200;

/** Longest that one question for hits waits, ms. */
export const MAX_HITS_WAIT_MS = 15_000;

/** Tokens that one module run may be given. */
export const MAX_PROBES_PER_RUN = 2_000;

/** A token: 40 hex digits in lower case. It survives paths, host names and mixed letter case. */
export const CallbackToken = z.string().regex(/^[0-9a-f]{40}$/);

/**
 * One request or question that reached the callback listener with a token in it. Every part is cut to size: all of it is
 * a stranger's words.
 */
export const CallbackHit = z.strictObject({
  /** `dns` weighs less: resolvers, scanners of links and logs look names up that nobody asks for content of. */
  channel: z.enum(["http", "dns"]),
  /** ISO 8601, by the listener's clock. */
  at: z.iso.datetime(),
  /** Address that it came from; of a question, that is a resolver's. */
  from: z.string().max(64),
  /** `GET /path`, or `A name`. */
  what: z.string().max(256),
  /** User agent; empty: none was given. */
  agent: z.string().max(160),
});
export type CallbackHit = z.infer<typeof CallbackHit>;

/** A hit and the token that it carried. */
export interface TokenHit extends CallbackHit {
  readonly token: string;
}

/** Where the hits are kept between listener and worker. Rejections are an AppError: the store is away. */
export interface HitStore {
  /** Keeps a hit for an hour; false: there is room neither for the token nor for any other. */
  add(token: string, hit: CallbackHit): Promise<boolean>;
  /** Oldest first for each token. */
  read(tokens: readonly string[]): Promise<TokenHit[]>;
  /** Says that a listener is there, for the next `ALIVE_SECONDS`. */
  announce(): Promise<void>;
  /** Whether a listener said so lately. */
  isListening(): Promise<boolean>;
}

/** How long a listener counts as there after its last word, s. */
export const ALIVE_SECONDS = 15;

/** How long hits are kept, s: longer than a run may wait for one. */
export const HIT_SECONDS = 3_600;

/** `off`: no listener is set up. `unavailable`: it, or what keeps its hits, is away. `refused`: asked for too much. */
export interface CallbackRefusal {
  readonly ok: false;
  readonly reason: "off" | "unavailable" | "refused";
  readonly detail: string;
}

/** What one probe may have the target ask for. */
export interface CallbackProbe {
  readonly ok: true;
  readonly token: string;
  /** Answered with `answer` as plain text. */
  readonly httpUrl: string;
  /** Null: the listener has no zone of its own. */
  readonly dnsName: string | null;
  /** A word that is part of nothing that is sent: who shows it has read the content of `httpUrl`. */
  readonly answer: string;
}

/** What a plugin may ask about callbacks. */
export const CallbackQuery = z.discriminatedUnion("ask", [
  z.strictObject({ ask: z.literal("probe") }),
  z.strictObject({
    ask: z.literal("hits"),
    tokens: z.array(CallbackToken).max(MAX_TOKENS_PER_QUERY),
    waitMs: z.int().min(0).max(MAX_HITS_WAIT_MS),
  }),
]);
export type CallbackQuery = z.infer<typeof CallbackQuery>;

export interface CallbackHits {
  readonly ok: true;
  /** Of the tokens asked for, as far as they are the run's own; oldest first for each. */
  readonly hits: readonly TokenHit[];
}

/** One module run's way to the callback listener. */
export interface CallbackPort {
  probe(): Promise<CallbackProbe | CallbackRefusal>;
  /** Answers when each token has a hit, or after `waitMs`. */
  hits(tokens: readonly string[], waitMs: number): Promise<CallbackHits | CallbackRefusal>;
}

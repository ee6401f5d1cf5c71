import { createHmac, randomBytes, timingSafeEqual } from "node:crypto";

/** Bytes of a token: what makes it unique, whose it is, and the proof that Picket made it. */
const NONCE_BYTES = 7;
const OWNER_BYTES = 5;
const PROOF_BYTES = 8;
const OWNER_END = NONCE_BYTES + OWNER_BYTES;

/** Tokens in one request or question that are looked at. */
const MAX_CANDIDATES = 4;
/** Characters of it that are searched. */
const MAX_SEARCHED = 2_048;

export interface TokenMint {
  /** A new token of a module run. */
  issue(owner: string): string;
  /** Tokens in a text that this mint issued, each once; letter case does not matter. */
  genuine(text: string): string[];
  /** Whether the token was issued, and to this module run. */
  isOwn(owner: string, token: string): boolean;
  /** What the listener answers to a token: it follows from the key, and from nothing that is sent. */
  answer(token: string): string;
}

/**
 * Tokens that whoever has the key knows without asking anybody: the listener drops what strangers send without a look at
 * any store, and a worker hands a run nothing but its own. `key`: at least 32 characters, the same for listener and
 * workers.
 */
export function createTokenMint(key: string): TokenMint {
  const digest = (use: string, data: string | Uint8Array) =>
    createHmac("sha256", key).update(`picket ${use}\0`).update(data).digest();
  const ownerTag = (owner: string) => digest("owner", owner).subarray(0, OWNER_BYTES);
  const proofOf = (head: Uint8Array) => digest("token", head).subarray(0, PROOF_BYTES);

  function isGenuine(token: string): boolean {
    const bytes = Buffer.from(token, "hex");
    return timingSafeEqual(bytes.subarray(OWNER_END), proofOf(bytes.subarray(0, OWNER_END)));
  }

  return {
    issue(owner) {
      const head = Buffer.concat([randomBytes(NONCE_BYTES), ownerTag(owner)]);
      return Buffer.concat([head, proofOf(head)]).toString("hex");
    },
    genuine(text) {
      const found = text.slice(0, MAX_SEARCHED).toLowerCase().match(TOKENS) ?? [];
      return [...new Set(found)].slice(0, MAX_CANDIDATES).filter(isGenuine);
    },
    isOwn(owner, token) {
      const tag = Buffer.from(token, "hex").subarray(NONCE_BYTES, OWNER_END);
      return isGenuine(token) && timingSafeEqual(tag, ownerTag(owner));
    },
    answer: (token) => digest("answer", token).toString("hex").slice(0, 32),
  };
}

/** Whole runs of hex digits as long as a token. */
const TOKENS = new RegExp(`(?<![0-9a-f])[0-9a-f]{${2 * (OWNER_END + PROOF_BYTES)}}(?![0-9a-f])`, "g");

import { createHmac, randomBytes, timingSafeEqual } from "node:crypto";
import type { TokenSecret } from "@picket/db";

/** 8 characters to find the row by, 32 random bytes to prove it. */
const TOKEN = /^pkt_([a-z0-9]{8})_[A-Za-z0-9_-]{43}$/;

export interface MintedToken {
  /** Shown once, kept nowhere. */
  token: string;
  secret: TokenSecret;
}

export function mintToken(pepper: string): MintedToken {
  const prefix = randomPrefix();
  const token = `pkt_${prefix}_${randomBytes(32).toString("base64url")}`;
  return { token, secret: { prefix, tokenHash: tokenHash(token, pepper) } };
}

/** 40 bits as 8 base-32 digits: names, not secrets. */
function randomPrefix(): string {
  return Array.from(randomBytes(8), (byte) => (byte % 32).toString(32)).join("");
}

/** Null for what is no token by its form. */
export function tokenPrefix(text: string): string | null {
  return TOKEN.exec(text)?.[1] ?? null;
}

/** HMAC-SHA-256 in hex: the database alone proves no token. */
function tokenHash(token: string, pepper: string): string {
  return createHmac("sha256", pepper).update(token).digest("hex");
}

/** Takes the same time wherever the hashes differ. */
export function matchesHash(token: string, hash: string, pepper: string): boolean {
  return timingSafeEqual(Buffer.from(tokenHash(token, pepper), "hex"), Buffer.from(hash, "hex"));
}

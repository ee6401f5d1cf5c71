import { AppError } from "@picket/core";
import { type Database, findTokenByPrefix, touchToken } from "@picket/db";
import type { Caller } from "./caller.ts";
import { matchesHash, tokenPrefix } from "./token.ts";

interface Gate {
  database: Database;
  tokenPepper: string;
}

/** The token's holder. Throws UNAUTHENTICATED, in the same words whatever is wrong with the token. */
export async function authenticate({ database, tokenPepper }: Gate, token: string): Promise<Caller> {
  const prefix = tokenPrefix(token);
  const stored = prefix === null ? null : await findTokenByPrefix(database.sql, prefix);
  if (!stored || !matchesHash(token, stored.tokenHash, tokenPepper) || !stored.isLive) throw badToken();
  if (stored.isUseStale) await touchToken(database.sql, stored.id);
  return { tokenId: stored.id, actor: `token:${prefix}`, role: stored.role, person: stored.person };
}

function badToken(): AppError {
  return new AppError("UNAUTHENTICATED", "the token is not valid: unknown, expired or revoked", {
    hint: "Ask an admin for a new one.",
  });
}

/** The token of `Authorization: Bearer <token>`. Throws UNAUTHENTICATED when there is none. */
export function bearerToken(header: string | undefined): string {
  const token = /^Bearer +(\S+) *$/i.exec(header ?? "")?.[1];
  if (token) return token;
  throw new AppError("UNAUTHENTICATED", "a token is needed", {
    hint: "Send it as `Authorization: Bearer <token>`.",
  });
}

/** The token of a bearer header, or the password of `Authorization: Basic`, which is what browsers send. */
export function browserToken(header: string | undefined): string {
  const encoded = /^Basic +(\S+) *$/i.exec(header ?? "")?.[1];
  if (!encoded) return bearerToken(header);
  const credentials = Buffer.from(encoded, "base64").toString("utf8");
  return credentials.slice(credentials.indexOf(":") + 1);
}

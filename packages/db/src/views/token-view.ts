import type { TokenResource } from "@picket/core";
import type { Sql } from "../sql.ts";
import { newestFirst, type Page, type PageRequest, readPage } from "./list.ts";

const SELECT = `
  SELECT id, name, role, person, prefix, created_by AS "createdBy", created_at AS "createdAt", expires_at AS "expiresAt",
         last_used_at AS "lastUsedAt", revoked_at AS "revokedAt"
  FROM api_token`;

/** Newest first, revoked and expired ones included. */
export function listTokens(sql: Sql, page: PageRequest): Promise<Page<TokenResource>> {
  return readPage<TokenResource>(sql, { select: SELECT, where: [], ...newestFirst("id") }, page);
}

export async function findTokenById(sql: Sql, id: string): Promise<TokenResource | null> {
  const [row] = await sql.query<TokenResource>(`${SELECT} WHERE id = $1::uuid`, [id]);
  return row ?? null;
}

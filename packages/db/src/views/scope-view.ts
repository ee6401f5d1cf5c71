import type { ScopeEntryResource, ScopeFilter } from "@picket/core";
import type { Sql } from "../sql.ts";
import { newestFirst, type Page, type PageRequest, readPage } from "./list.ts";

const SELECT = `
  SELECT id, project_id AS "projectId", pattern, ports, added_by AS "addedBy", reason, created_at AS "createdAt"
  FROM scope_entry`;

/** Entries in force, newest first. */
export function listScopeEntries(
  sql: Sql,
  filter: ScopeFilter,
  page: PageRequest,
): Promise<Page<ScopeEntryResource>> {
  const where = [["removed_at IS NULL"], ["project_id = ?::uuid", filter.project]] as const;
  return readPage<ScopeEntryResource>(sql, { select: SELECT, where, ...newestFirst("id") }, page);
}

/** An entry in force. */
export async function findScopeEntry(sql: Sql, id: string): Promise<ScopeEntryResource | null> {
  const [row] = await sql.query<ScopeEntryResource>(`${SELECT} WHERE id = $1::uuid AND removed_at IS NULL`, [
    id,
  ]);
  return row ?? null;
}

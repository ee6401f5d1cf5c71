import type { RecheckFilter, RecheckResource } from "@picket/core";
import type { Sql } from "../sql.ts";
import { newestFirst, type Page, type PageRequest, readPage } from "./list.ts";

const SELECT = `
  SELECT id, finding_id AS "findingId", scan_id AS "scanId", due_at AS "dueAt", requested_by AS "requestedBy",
         claimed_by AS "claimedBy", verdict, reason, created_at AS "createdAt", finished_at AS "finishedAt"
  FROM recheck`;

/** Newest first. */
export function listRechecks(
  sql: Sql,
  filter: RecheckFilter,
  page: PageRequest,
): Promise<Page<RecheckResource>> {
  const where = [["finding_id = ?::uuid", filter.finding]] as const;
  return readPage<RecheckResource>(sql, { select: SELECT, where, ...newestFirst("id") }, page);
}

export async function findRecheck(sql: Sql, id: string): Promise<RecheckResource | null> {
  const [row] = await sql.query<RecheckResource>(`${SELECT} WHERE id = $1::uuid`, [id]);
  return row ?? null;
}

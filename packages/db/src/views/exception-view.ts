import type { ExceptionFilter, ExceptionResource } from "@picket/core";
import type { Sql } from "../sql.ts";
import { newestFirst, type Page, type PageRequest, readPage } from "./list.ts";

const SELECT = `
  SELECT x.id, x.project_id AS "projectId", x.target_id AS "targetId", f.id AS "findingId",
         x.finding_key AS "findingKey", x.status, x.reason, x.owner, x.ticket, x.requested_by AS "requestedBy",
         x.approver, x.expires_at AS "expiresAt", x.decided_at AS "decidedAt", x.created_at AS "createdAt"
  FROM exception_record x
  LEFT JOIN finding f ON f.target_id = x.target_id AND f.dedupe_key = x.finding_key`;

/** Newest first. */
export function listExceptions(
  sql: Sql,
  filter: ExceptionFilter,
  page: PageRequest,
): Promise<Page<ExceptionResource>> {
  const where = [
    ["x.project_id = ?::uuid", filter.project],
    ["x.target_id = ?::uuid", filter.target],
    ["x.status = ?::exception_status", filter.status],
  ] as const;
  return readPage<ExceptionResource>(sql, { select: SELECT, where, ...newestFirst("x.id") }, page);
}

export async function findException(sql: Sql, id: string): Promise<ExceptionResource | null> {
  const [row] = await sql.query<ExceptionResource>(`${SELECT} WHERE x.id = $1::uuid`, [id]);
  return row ?? null;
}

import type { ExceptionFilter, ExceptionResource, FindingDetail } from "@picket/core";
import { MATCH_KEY_SQL, STATUS_SQL } from "../exceptions/excepted-sql.ts";
import { STALE_SQL } from "../exceptions/stale-sql.ts";
import type { Sql } from "../sql.ts";
import { type Condition, newestFirst, type Page, type PageRequest, readPage } from "./list.ts";

const SELECT = `
  SELECT x.id, x.project_id AS "projectId", x.target_id AS "targetId", f.id AS "findingId",
         f.merged_into_id AS "mergedIntoId", x.finding_key AS "findingKey", x.finding_type AS "findingType",
         json_build_object('kind', x.scope, 'instanceId', i.id, 'route', x.route) AS scope,
         x.max_severity AS "maxSeverity", x.covers_until AS "coversUntil", ${STATUS_SQL} AS status,
         ${STALE_SQL} AS "isStale", x.reason, x.owner, x.ticket, x.requested_by AS "requestedBy",
         x.requester_person AS "requesterPerson", x.approver, x.approver_person AS "approverPerson",
         x.supersedes_id AS "supersedesId", x.expires_at AS "expiresAt", x.decided_at AS "decidedAt",
         x.created_at AS "createdAt"
  FROM exception_record x
  LEFT JOIN finding f ON f.target_id = x.target_id AND f.dedupe_key = x.finding_key
  LEFT JOIN instance i ON i.finding_id = f.id AND i.instance_key = x.instance_key`;

/** Newest first. */
export function listExceptions(
  sql: Sql,
  filter: ExceptionFilter,
  page: PageRequest,
): Promise<Page<ExceptionResource>> {
  const where: Condition[] = [
    ["x.project_id = ?::uuid", filter.project],
    ["x.target_id = ?::uuid", filter.target],
    ["(f.id = ?::uuid OR f.merged_into_id = ?::uuid)", filter.finding, filter.finding],
    [`${STATUS_SQL} = ?`, filter.status],
    [`${STALE_SQL} = ?::boolean`, filter.stale],
  ];
  return readPage<ExceptionResource>(sql, { select: SELECT, where, ...newestFirst("x.id") }, page);
}

export async function findException(sql: Sql, id: string): Promise<ExceptionResource | null> {
  const [row] = await sql.query<ExceptionResource>(`${SELECT} WHERE x.id = $1::uuid`, [id]);
  return row ?? null;
}

/** Proposed or in force, about the finding, what was merged into it, or its type on the target; newest first. */
export function exceptionsOfFinding(sql: Sql, findingId: string): Promise<FindingDetail["exceptions"]> {
  return sql.query(
    `SELECT x.id, ${STATUS_SQL} AS status, x.scope, x.owner, x.expires_at AS "expiresAt"
     FROM finding f JOIN exception_record x
       ON x.target_id = f.target_id AND (${MATCH_KEY_SQL} IN (f.dedupe_key, f.type) OR x.finding_key IN (
         SELECT part.dedupe_key FROM finding part WHERE part.merged_into_id = f.id))
     WHERE f.id = $1::uuid AND x.status IN ('proposed', 'approved') AND x.expires_at > now()
     ORDER BY x.id DESC`,
    [findingId],
  );
}

import type { AuditEventResource, AuditFilter } from "@picket/core";
import type { Sql } from "../sql.ts";
import { type Page, type PageRequest, readPage } from "./list.ts";

const SELECT = `
  SELECT seq::float8, at, actor, action, scan_id AS "scanId", params, previous_hash AS "previousHash", hash
  FROM audit_event`;

/** Newest first. */
export function listAuditEvents(
  sql: Sql,
  filter: AuditFilter,
  page: PageRequest,
): Promise<Page<AuditEventResource>> {
  return readPage<AuditEventResource>(
    sql,
    {
      select: SELECT,
      where: [
        ["scan_id = ?::uuid", filter.scan],
        ["action = ?::audit_action", filter.action],
      ],
      orderBy: "audit_event.seq DESC",
      after: ([seq]) => ["audit_event.seq < ?::bigint", seq],
      keyOf: ({ seq }) => [seq],
    },
    page,
  );
}

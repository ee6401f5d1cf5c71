import type { TargetFilter, TargetResource } from "@picket/core";
import type { Sql } from "../sql.ts";
import { newestFirst, type Page, type PageRequest, readPage } from "./list.ts";

type TargetRow = Omit<TargetResource, "lastScan"> & {
  lastScanId: string | null;
  lastScanStatus: NonNullable<TargetResource["lastScan"]>["status"];
  lastScanCreatedAt: Date;
};

const SELECT = `
  SELECT t.id, t.project_id AS "projectId", t.name, t.base_url AS "baseUrl", t.environment, t.owner, t.team,
         t.criticality, t.data_sensitivity AS "dataSensitivity", t.exposure,
         json_build_object('rps', t.budget_rps, 'concurrency', t.budget_concurrency,
                           'maxRuntimeSeconds', t.budget_max_runtime_seconds,
                           'maxRequests', t.budget_max_requests) AS budget,
         json_build_object('mark', t.request_mark, 'forms', t.request_forms,
                           'destructive', t.request_destructive) AS requests,
         s.id AS "lastScanId", s.status AS "lastScanStatus", s.created_at AS "lastScanCreatedAt",
         t.created_at AS "createdAt", t.updated_at AS "updatedAt", t.deleted_at AS "deletedAt"
  FROM target t
  LEFT JOIN LATERAL (SELECT id, status, created_at FROM scan WHERE target_id = t.id ORDER BY id DESC LIMIT 1) s ON true`;

function targetOf({ lastScanId, lastScanStatus, lastScanCreatedAt, ...target }: TargetRow): TargetResource {
  const lastScan = lastScanId && { id: lastScanId, status: lastScanStatus, createdAt: lastScanCreatedAt };
  return { ...target, lastScan: lastScan || null };
}

/** Newest first, without deleted ones. */
export async function listTargets(
  sql: Sql,
  filter: TargetFilter,
  page: PageRequest,
): Promise<Page<TargetResource>> {
  const where = [["t.deleted_at IS NULL"], ["t.project_id = ?::uuid", filter.project]] as const;
  const { items, next } = await readPage<TargetRow>(
    sql,
    { select: SELECT, where, ...newestFirst("t.id") },
    page,
  );
  return { items: items.map(targetOf), next };
}

/** Also a deleted one. */
export async function findTarget(sql: Sql, id: string): Promise<TargetResource | null> {
  const [row] = await sql.query<TargetRow>(`${SELECT} WHERE t.id = $1::uuid`, [id]);
  return row ? targetOf(row) : null;
}

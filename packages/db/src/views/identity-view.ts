import type { OverrideFilter, OverrideResource, RouteResource } from "@picket/core";
import type { Sql } from "../sql.ts";
import { newestFirst, type Page, type PageRequest, readPage } from "./list.ts";

/** What was learned of a target's routes, by template. */
export function listRoutes(sql: Sql, targetId: string, page: PageRequest): Promise<Page<RouteResource>> {
  return readPage<RouteResource>(
    sql,
    {
      select: `SELECT template, examples, learned_scan_id AS "learnedScanId", learned_at AS "learnedAt" FROM route_template`,
      where: [["target_id = ?::uuid AND rejected_at IS NULL", targetId]],
      orderBy: `template COLLATE "C"`,
      after: ([template]) => [`template COLLATE "C" > ?`, template],
      keyOf: ({ template }) => [template],
    },
    page,
  );
}

const SELECT_OVERRIDE = `
  SELECT id, target_id AS "targetId", kind, finding_id AS "findingId", into_finding_id AS "intoFindingId", rule, reason,
         actor, created_at AS "createdAt", undone_at AS "undoneAt", undone_by AS "undoneBy"
  FROM identity_override`;

/** Merges and splits, newest first. */
export function listOverrides(
  sql: Sql,
  { target, finding }: OverrideFilter,
  page: PageRequest,
): Promise<Page<OverrideResource>> {
  const where = [
    ["target_id = ?::uuid", target],
    ["(finding_id = ?::uuid OR into_finding_id = ?::uuid)", finding, finding],
  ] as const;
  return readPage<OverrideResource>(sql, { select: SELECT_OVERRIDE, where, ...newestFirst("id") }, page);
}

export async function findOverride(sql: Sql, id: string): Promise<OverrideResource | null> {
  const [override] = await sql.query<OverrideResource>(`${SELECT_OVERRIDE} WHERE id = $1::uuid`, [id]);
  return override ?? null;
}

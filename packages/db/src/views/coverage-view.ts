import type { CoverageFilter, CoverageResource, CoverageTotals } from "@picket/core";
import type { Sql } from "../sql.ts";
import { type Page, type PageRequest, readPage } from "./list.ts";

const SELECT = `
  SELECT c.module_run_id AS "moduleRunId", m.plugin, c.location_key AS "locationKey", c.method, c.route, c.health, c.authentication,
         c.exchanges, c.healthy
  FROM coverage c JOIN module_run m ON m.id = c.module_run_id`;

/** Where the modules of a scan looked, module by module. */
export function listCoverage(
  sql: Sql,
  scanId: string,
  filter: CoverageFilter,
  page: PageRequest,
): Promise<Page<CoverageResource>> {
  return readPage<CoverageResource>(
    sql,
    {
      select: SELECT,
      where: [
        ["c.scan_id = ?::uuid", scanId],
        ["m.plugin = ?", filter.plugin],
        ["c.health = ?", filter.health],
      ],
      orderBy: "c.module_run_id, c.location_key",
      after: ([run, place]) => ["(c.module_run_id, c.location_key) > (?::uuid, ?)", run, place],
      keyOf: ({ moduleRunId, locationKey }) => [moduleRunId, locationKey],
    },
    page,
  );
}

/** Each module of the scan in the order of their stages, one that looked nowhere too. Null: there is no such scan. */
export async function countCoverage(sql: Sql, scanId: string): Promise<CoverageTotals | null> {
  const [row] = await sql.query<CoverageTotals>(
    `SELECT (SELECT coalesce(json_agg(json_build_object('plugin', m.plugin, 'places', h.places, 'byHealth', h.by_health)
                                      ORDER BY m.stage, m.plugin), '[]')
             FROM module_run m
             CROSS JOIN LATERAL (
               SELECT coalesce(sum(n), 0)::int AS places, coalesce(json_object_agg(health, n ORDER BY health), '{}') AS by_health
               FROM (SELECT health, count(*)::int AS n FROM coverage
                     WHERE scan_id = m.scan_id AND module_run_id = m.id GROUP BY health) counted) h
             WHERE m.scan_id = s.id) AS modules
     FROM scan s WHERE s.id = $1::uuid`,
    [scanId],
  );
  return row ?? null;
}

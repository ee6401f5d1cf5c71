import type { RegressionFilter, RegressionResource } from "@picket/core";
import type { Sql } from "../sql.ts";
import { FINDING_SUMMARY } from "./finding-columns.ts";
import { type Condition, type Page, type PageRequest, pageOfRows, whereAll } from "./list.ts";

type StoredHistory = (Omit<RegressionResource["history"][number], "finishedAt"> & { finishedAt: string })[];
type RegressionRow = Omit<RegressionResource, "history"> & { history: StoredHistory; newestScanId: string };

/** The last scans up to `newest`, and the rechecks since the first of them. */
const RECENT = `
  ended AS (
    SELECT s.id, s.finished_at, s.mode FROM scan s
    WHERE s.target_id = $1::uuid AND s.finished_at IS NOT NULL
      AND ($3::uuid IS NULL OR (s.finished_at, s.id) <= (SELECT finished_at, id FROM scan WHERE id = $3::uuid))),
  recent AS (
    SELECT * FROM ended WHERE finished_at >= (
      SELECT min(finished_at) FROM (
        SELECT finished_at FROM ended WHERE mode <> 'recheck' ORDER BY finished_at DESC LIMIT $2::int) scans))`;

/**
 * Findings that were fixed and came back within the target's last scans, those that did so most often first. The scans
 * stay those of the first page, whatever ends in the meantime.
 */
export async function listRegressions(
  sql: Sql,
  targetId: string,
  { scans }: RegressionFilter,
  page: PageRequest,
): Promise<Page<RegressionResource>> {
  const [newest, times, id] = page.after ?? [null];
  const after: Condition = ["(b.times, f.id) < (?::int, ?::uuid)", times, id];
  const { text, values } = whereAll([["f.status <> 'soft_deleted'"], after], [targetId, scans, newest]);
  const rows = await sql.query<RegressionRow>(
    `WITH ${RECENT},
     back AS (
       SELECT c.finding_id, count(*)::int AS times FROM finding_change c JOIN recent r ON r.id = c.scan_id
       WHERE c.change = 'reopened' GROUP BY c.finding_id)
     SELECT ${FINDING_SUMMARY} AS finding, b.times AS "timesReopened", b.times > 1 AS "isFlapping",
            (SELECT json_agg(json_build_object('scanId', r.id, 'finishedAt', r.finished_at, 'change', c.change)
                             ORDER BY r.finished_at, r.id)
             FROM finding_change c JOIN recent r ON r.id = c.scan_id WHERE c.finding_id = f.id) AS history,
            (SELECT id FROM recent ORDER BY finished_at DESC, id DESC LIMIT 1) AS "newestScanId"
     FROM back b JOIN finding f ON f.id = b.finding_id ${text}
     ORDER BY b.times DESC, f.id DESC LIMIT ${page.limit + 1}`,
    values,
  );
  const { items, next } = pageOfRows(rows, page.limit, (row) => [
    row.newestScanId,
    row.timesReopened,
    row.finding.id,
  ]);
  return { items: items.map(regressionOf), next };
}

function regressionOf({ newestScanId: _, history, ...rest }: RegressionRow): RegressionResource {
  const dated = history.map(({ finishedAt, ...entry }) => ({ ...entry, finishedAt: new Date(finishedAt) }));
  return { ...rest, history: dated };
}

import { AppError, type Change, type ChangeResource, type DiffFilter, type DiffTotals } from "@picket/core";
import type { Sql } from "../sql.ts";
import { byChange, changeCounts } from "./change-view.ts";
import { FINDING_SUMMARY } from "./finding-columns.ts";
import { type Page, type PageRequest, pageOfRows, whereAll } from "./list.ts";

export interface DiffPair {
  scanId: string;
  /** Null: there is no earlier scan to compare with. */
  baselineScanId: string | null;
}

interface ScanRow {
  id: string;
  targetId: string;
  mode: string;
  baselineScanId: string | null;
  finishedAt: Date | null;
}

async function findScanRow(sql: Sql, id: string): Promise<ScanRow | undefined> {
  const [row] = await sql.query<ScanRow>(
    `SELECT id, target_id AS "targetId", mode, baseline_scan_id AS "baselineScanId", finished_at AS "finishedAt"
     FROM scan WHERE id = $1::uuid`,
    [id],
  );
  return row;
}

function badBaseline(message: string): AppError {
  return new AppError("INVALID_INPUT", `baseline: ${message}`, {
    hint: "Name an ended scan of the same target, GET /scans?target= lists them, or leave it out.",
    details: { issues: [{ in: "query", path: "baseline", message }] },
  });
}

async function assertBaseline(sql: Sql, id: string, scan: ScanRow): Promise<void> {
  const baseline = await findScanRow(sql, id);
  if (!baseline) throw badBaseline("there is no such scan");
  if (baseline.targetId !== scan.targetId) throw badBaseline("is a scan of another target");
  if (baseline.mode === "recheck") throw badBaseline("is a recheck, which looks at one finding only");
  if (!baseline.finishedAt || !scan.finishedAt || baseline.finishedAt >= scan.finishedAt)
    throw badBaseline("must have ended before the scan");
}

async function scanBefore(sql: Sql, scanId: string): Promise<string | null> {
  const [before] = await sql.query<{ id: string }>(
    `SELECT b.id FROM scan s JOIN scan b ON b.target_id = s.target_id
     WHERE s.id = $1::uuid AND b.mode <> 'recheck' AND b.finished_at < s.finished_at
     ORDER BY b.finished_at DESC, b.id DESC LIMIT 1`,
    [scanId],
  );
  return before?.id ?? null;
}

/**
 * The two scans of a diff. Throws NOT_FOUND for a scan that is not there, CONFLICT for one that has not ended or is a
 * recheck, INVALID_INPUT for a baseline that does not fit it.
 */
export async function findDiffPair(sql: Sql, scanId: string, baseline?: string): Promise<DiffPair> {
  const scan = await findScanRow(sql, scanId);
  if (!scan) throw new AppError("NOT_FOUND", `there is no scan ${scanId}`);
  if (!scan.finishedAt)
    throw new AppError("CONFLICT", `scan ${scanId} has not ended`, {
      hint: "GET /scans/{id}/events tells when it has.",
    });
  if (scan.mode === "recheck")
    throw new AppError("CONFLICT", `scan ${scanId} is a recheck, which looks at one finding only`);
  if (baseline !== undefined) {
    await assertBaseline(sql, baseline, scan);
    return { scanId, baselineScanId: baseline };
  }
  return { scanId, baselineScanId: scan.baselineScanId ?? (await scanBefore(sql, scanId)) };
}

/**
 * Both scans say something of every finding that was open before them or that they saw. Who is open after the baseline
 * is still_present, not_observed or fixed after the scan; who is open after the scan alone is reopened when it was known
 * before the baseline ended, else new. What both leave out was fixed before, or came and went in between.
 *
 * The scan's silence about a finding that was open means that one in between has fixed it; that one is asked.
 */
const DIFF = `
  WITH pair AS (
    SELECT finding_id, b.change AS before, s.change AS after
    FROM (SELECT finding_id, change FROM finding_change WHERE scan_id = $2::uuid) b
    FULL JOIN (SELECT finding_id, change FROM finding_change WHERE scan_id = $1::uuid) s USING (finding_id)),
  diff AS (
    SELECT * FROM (SELECT p.finding_id, (CASE
      WHEN p.before <> 'fixed' THEN CASE
        WHEN p.after = 'fixed' THEN 'fixed'
        WHEN p.after = 'not_observed' THEN 'not_observed'
        WHEN p.after IS NOT NULL THEN 'still_present'
        WHEN EXISTS (SELECT 1 FROM finding_change m JOIN scan i ON i.id = m.scan_id
                     WHERE m.finding_id = p.finding_id AND m.change = 'fixed'
                       AND i.finished_at > baseline.finished_at AND i.finished_at <= scan.finished_at) THEN 'fixed'
        ELSE 'not_observed' END
      WHEN p.after IS NULL OR p.after = 'fixed' THEN NULL
      WHEN p.before = 'fixed' THEN 'reopened'
      WHEN (SELECT first.finished_at FROM finding f JOIN scan first ON first.id = f.first_seen_scan_id
            WHERE f.id = p.finding_id) <= baseline.finished_at THEN 'reopened'
      ELSE 'new' END)::change AS change
    FROM pair p
    JOIN scan ON scan.id = $1::uuid
    LEFT JOIN scan baseline ON baseline.id = $2::uuid
    WHERE p.finding_id <> ALL (ARRAY(
      SELECT id FROM finding
      WHERE target_id = (SELECT target_id FROM scan WHERE id = $1::uuid) AND status = 'soft_deleted'))) compared
    WHERE change IS NOT NULL)`;

/** Of the rows of a page, not of all that are compared: these are read from an index alone. */
const WHY = `
  CASE d.change WHEN 'not_observed' THEN coalesce(s.reason, 'plugin_not_run') END AS reason,
  CASE d.change WHEN 'new' THEN coalesce(s.cause, (
    SELECT n.cause FROM finding_change n WHERE n.finding_id = d.finding_id AND n.change = 'new' LIMIT 1)) END AS cause`;

const ORDER = byChange("d.change", "d.finding_id");

/** What is different after the scan, finding by finding. */
export async function listDiff(
  sql: Sql,
  { scanId, baselineScanId }: DiffPair,
  { change }: Pick<DiffFilter, "change">,
  page: PageRequest,
): Promise<Page<ChangeResource>> {
  const { text, values } = whereAll(
    [["d.change = ?::change", change], ...(page.after ? [ORDER.after(page.after)] : [])],
    [scanId, baselineScanId],
  );
  const rows = await sql.query<ChangeResource>(
    `${DIFF}, page AS MATERIALIZED (SELECT * FROM diff d ${text} ORDER BY ${ORDER.orderBy} LIMIT ${page.limit + 1})
     SELECT d.change, ${WHY}, ${FINDING_SUMMARY} AS finding
     FROM page d JOIN finding f ON f.id = d.finding_id
     LEFT JOIN finding_change s ON s.scan_id = $1::uuid AND s.finding_id = d.finding_id
     ORDER BY ${ORDER.orderBy}`,
    values,
  );
  return pageOfRows(rows, page.limit, ORDER.keyOf);
}

/** Of the whole diff. */
export async function countDiff(sql: Sql, { scanId, baselineScanId }: DiffPair): Promise<DiffTotals> {
  const rows = await sql.query<{ change: Change; count: number }>(
    `${DIFF} SELECT change, count(*)::int AS count FROM diff GROUP BY change`,
    [scanId, baselineScanId],
  );
  const counts = changeCounts(Object.fromEntries(rows.map(({ change, count }) => [change, count])));
  const stayed = counts.still_present + counts.not_observed;
  return {
    baselineScanId,
    counts,
    openBefore: stayed + counts.fixed,
    openAfter: stayed + counts.new + counts.reopened,
  };
}

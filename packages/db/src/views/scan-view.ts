import {
  type FindingCount,
  type ScanDetail,
  type ScanFilter,
  type ScanResource,
  Severity,
} from "@picket/core";
import type { Sql } from "../sql.ts";
import { changeCounts } from "./change-view.ts";
import { findCrawlCoverage } from "./crawl-coverage-view.ts";
import { newestFirst, type Page, type PageRequest, readPage } from "./list.ts";

const COLUMNS = `
  s.id, s.target_id AS "targetId", s.mode, s.profile_name AS profile, s.profile_capabilities AS capabilities,
  s.storage_mode AS "storageMode", s.status, s.stopped_by AS "stoppedBy", s.baseline_scan_id AS "baselineScanId", s.config_hash AS "configHash",
  s.engine_version AS "engineVersion", s.isolation_level AS "isolationLevel",
  s.auth_profile_id AS "authProfileId", s.auth_profile_version AS "authProfileVersion",
  s.comparison_auth_profile_id AS "comparisonAuthProfileId",
  s.comparison_auth_profile_version AS "comparisonAuthProfileVersion", s.authenticated, s.deadline,
  s.requested_by AS "requestedBy", s.created_at AS "createdAt", s.started_at AS "startedAt",
  s.finished_at AS "finishedAt", s.cancel_requested_at AS "cancelRequestedAt",
  s.cancel_requested_by AS "cancelRequestedBy"`;

/** Newest first. */
export function listScans(sql: Sql, filter: ScanFilter, page: PageRequest): Promise<Page<ScanResource>> {
  const where = [
    ["s.target_id = ?::uuid", filter.target],
    ["s.status = ?::scan_status", filter.status],
  ] as const;
  const select = `SELECT ${COLUMNS} FROM scan s`;
  return readPage<ScanResource>(sql, { select, where, ...newestFirst("s.id") }, page);
}

interface SeverityCount extends FindingCount {
  severity: Severity;
}

type ScanDetailRow = Omit<ScanDetail, "findings" | "changes" | "crawl"> & {
  severities: SeverityCount[];
  changeCounts: Record<string, number>;
  notObservedReasons: Record<string, number>;
};

/** How many of scan `s`'s changes have each value of a column that occurs. */
function countsBy(column: "change" | "reason"): string {
  return `(SELECT coalesce(json_object_agg(${column}, n), '{}') FROM (
     SELECT ${column}, count(*)::int AS n FROM finding_change
     WHERE scan_id = s.id AND ${column} IS NOT NULL GROUP BY ${column}) counted)`;
}

/** `new`: no scan before this one had seen the finding. */
const SELECT_DETAIL = `
  SELECT ${COLUMNS}, s.health, ${countsBy("change")} AS "changeCounts", ${countsBy("reason")} AS "notObservedReasons",
         (SELECT json_build_object('total', count(*), 'ended', count(finished_at))
          FROM module_run WHERE scan_id = s.id) AS modules,
         (SELECT count(*)::int FROM scan_endpoint WHERE scan_id = s.id) AS "endpointCount",
         (SELECT count(*)::int FROM "fetch" WHERE scan_id = s.id) AS "fetchCount",
         (SELECT coalesce(json_agg(counted), '[]') FROM (
            SELECT f.severity, count(*)::int AS total,
                   (count(*) FILTER (WHERE f.first_seen_scan_id = s.id))::int AS new
            FROM (SELECT DISTINCT finding_id FROM observation WHERE scan_id = s.id) o
            JOIN finding f ON f.id = o.finding_id
            GROUP BY f.severity) counted) AS severities
  FROM scan s WHERE s.id = $1::uuid`;

export async function findScan(sql: Sql, id: string): Promise<ScanDetail | null> {
  const [row] = await sql.query<ScanDetailRow>(SELECT_DETAIL, [id]);
  if (!row) return null;
  const { severities, changeCounts: counted, notObservedReasons, ...scan } = row;
  const changes = scan.finishedAt ? { ...changeCounts(counted), notObservedReasons } : null;
  return { ...scan, findings: findingCounts(severities), changes, crawl: await findCrawlCoverage(sql, scan) };
}

function findingCounts(counts: readonly SeverityCount[]): ScanDetail["findings"] {
  const countOf = (severity: Severity): FindingCount => {
    const found = counts.find((count) => count.severity === severity);
    return { total: found?.total ?? 0, new: found?.new ?? 0 };
  };
  const { critical, high, medium, low, info } = Severity.enum;
  return {
    total: counts.reduce((sum, { total }) => sum + total, 0),
    new: counts.reduce((sum, count) => sum + count.new, 0),
    bySeverity: {
      critical: countOf(critical),
      high: countOf(high),
      medium: countOf(medium),
      low: countOf(low),
      info: countOf(info),
    },
  };
}

/** How many scans have each status that occurs. */
export function countScansByStatus(sql: Sql): Promise<{ status: ScanResource["status"]; count: number }[]> {
  return sql.query("SELECT status, count(*)::int AS count FROM scan GROUP BY status");
}

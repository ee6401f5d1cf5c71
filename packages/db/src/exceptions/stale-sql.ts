import { STALE_AFTER_SCANS } from "@picket/core";
import { coversPlaceSql, IN_FORCE_SQL } from "./excepted-sql.ts";

/**
 * The oldest of the last three complete scans since the decision about exception `x`: null before there are three. A scan
 * counts when it succeeded and ran the module that had reported the finding, for no other could have matched.
 */
const OLDEST_OF_LAST_SCANS = `(
  SELECT s.id FROM scan s
  WHERE s.target_id = x.target_id AND s.status = 'succeeded' AND s.mode <> 'recheck' AND s.started_at > x.decided_at
    AND EXISTS (SELECT 1 FROM module_run r
      JOIN finding f ON f.target_id = x.target_id AND f.dedupe_key = x.finding_key AND f.source_module = r.plugin
      WHERE r.scan_id = s.id AND r.status = 'succeeded')
  ORDER BY s.id DESC OFFSET ${STALE_AFTER_SCANS - 1} LIMIT 1)`;

/** One of these findings, or of these places, showed since that scan where the exception covers it. */
function sawSince(which: string): string {
  return `EXISTS (
    SELECT 1 FROM finding f JOIN instance i ON i.finding_id = f.id
    WHERE f.target_id = x.target_id AND ${which} AND f.severity >= x.max_severity
      AND ${coversPlaceSql("i")} AND i.last_seen_scan_id >= oldest.id)`;
}

/** The finding is part of another that shows at a place of both: who sees it there can no longer tell them apart. */
const SHARES_PLACE = `EXISTS (
  SELECT 1 FROM finding f JOIN instance i ON i.finding_id = f.id
  WHERE f.target_id = x.target_id AND f.dedupe_key = x.finding_key AND f.merged_into_id IS NOT NULL)`;

/** Condition: exception `x` is in force and covered nothing that the last three complete scans saw. */
export const STALE_SQL = `(${IN_FORCE_SQL} AND coalesce((
  SELECT NOT CASE WHEN x.scope IN ('instance', 'finding')
    THEN ${sawSince("f.dedupe_key = x.finding_key")} OR ${sawSince("i.source_key = x.finding_key")} OR ${SHARES_PLACE}
    ELSE ${sawSince("f.type = x.finding_type")} END
  FROM ${OLDEST_OF_LAST_SCANS} oldest), false))`;

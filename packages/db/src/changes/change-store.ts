import { CHANGE_RULES, type Change, type NewCause, type NotObservedReason } from "@picket/core";
import { jsonParameter } from "../json-parameter.ts";
import type { Sql } from "../sql.ts";

export interface DecidedChange {
  findingId: string;
  change: Change;
  /** Set for `not_observed` only. */
  reason: NotObservedReason | null;
  /** Set for `new` only. */
  cause: NewCause | null;
}

/**
 * Writes what a scan says of findings, once: what it said before stays. A claim that a finding is fixed ends when it is,
 * and when it shows again. What was made news by a scan that this one overlapped stays news when this one saw it too:
 * nobody has looked at the list since. What a later look has fixed stays as that look left it. Their rows must be locked.
 */
export async function writeChanges(
  sql: Sql,
  scanId: string,
  changes: readonly DecidedChange[],
): Promise<void> {
  await sql.query(
    `WITH decided AS (
       SELECT * FROM jsonb_to_recordset($2::jsonb) AS d("findingId" uuid, change change, reason text, cause text)),
     written AS (
       INSERT INTO finding_change (scan_id, finding_id, change, reason, cause, rules_version)
       SELECT $1::uuid, "findingId", change, reason, cause, ${CHANGE_RULES} FROM decided
       ON CONFLICT (scan_id, finding_id) DO NOTHING
       RETURNING finding_id)
     UPDATE finding f SET
       last_change = d.change, last_change_scan_id = $1::uuid, last_change_reason = d.reason,
       last_change_cause = d.cause,
       is_news = f.status <> 'soft_deleted'
         AND (d.change IN ('new', 'reopened') OR (d.change = 'not_observed' AND f.is_news)),
       status = CASE WHEN d.change = 'fixed' AND f.status = 'open' THEN 'fixed' ELSE f.status END,
       fixed_at = CASE WHEN d.change = 'fixed' AND f.status = 'open' THEN now() ELSE f.fixed_at END,
       fix_claimed_by = CASE WHEN d.change IN ('fixed', 'reopened') THEN NULL ELSE f.fix_claimed_by END,
       fix_claimed_at = CASE WHEN d.change IN ('fixed', 'reopened') THEN NULL ELSE f.fix_claimed_at END,
       updated_at = now()
     FROM decided d JOIN written ON written.finding_id = d."findingId"
     WHERE f.id = d."findingId" AND (f.status <> 'fixed' OR d.change IN ('fixed', 'not_observed'))
       AND NOT (f.is_news AND d.change = 'still_present' AND EXISTS (
         SELECT 1 FROM finding_change c JOIN scan made ON made.id = c.scan_id
         WHERE c.finding_id = f.id AND c.change IN ('new', 'reopened')
           AND made.finished_at > (SELECT started_at FROM scan WHERE id = $1::uuid)))`,
    [scanId, jsonParameter(changes)],
  );
}

/** When scan `$2` looked at place `i`: of each detector that had seen it there the last look, of those the first. */
const ABSENT_AT = `coalesce(
  (SELECT min(c.looked_at) FROM module_run r JOIN coverage c ON c.module_run_id = r.id AND c.location_key = i.location_key
   WHERE r.scan_id = $2::uuid AND r.plugin = ANY (i.seen_by)),
  (SELECT started_at FROM scan WHERE id = $2::uuid))`;

/** These places do not show their finding any more: a scan has looked. */
export async function markPlacesFixed(
  sql: Sql,
  scanId: string,
  instanceIds: readonly string[],
): Promise<void> {
  if (instanceIds.length === 0) return;
  await sql.query(
    `UPDATE instance i SET fixed_at = now(), absent_at = ${ABSENT_AT}
     WHERE id IN (SELECT id FROM instance WHERE id = ANY ($1::uuid[]) AND fixed_at IS NULL
                  ORDER BY finding_id, instance_key FOR NO KEY UPDATE)`,
    [[...instanceIds], scanId],
  );
}

import type { Sql } from "../sql.ts";

/**
 * Gives a scan its baseline, unless its caller named one: the newest scan of the same target and profile that succeeded
 * without a signal of level `high`. A recheck has none.
 */
export async function chooseBaseline(sql: Sql, scanId: string): Promise<void> {
  await sql.query(
    `UPDATE scan s SET baseline_scan_id = (
       SELECT b.id FROM scan b
       WHERE b.target_id = s.target_id AND b.profile_name = s.profile_name AND b.status = 'succeeded'
         AND b.mode <> 'recheck' AND NOT b.health @> '[{"level": "high"}]'
       ORDER BY b.finished_at DESC LIMIT 1)
     WHERE s.id = $1::uuid AND s.baseline_scan_id IS NULL AND s.mode <> 'recheck'`,
    [scanId],
  );
}

/** What a scan is held against. */
export interface BaselineFacts {
  hasBaseline: boolean;
  /** Scope entries came or went, or the base URL changed, since the baseline began. */
  isScopeChanged: boolean;
  endpoints: number;
  /** Null without a baseline. */
  baselineEndpoints: number | null;
  /** At most of the places that ask this scan for a login the baseline was let in; null without a baseline. */
  wereLoginsOpen: boolean | null;
}

const NO_BASELINE: BaselineFacts = {
  hasBaseline: false,
  isScopeChanged: false,
  endpoints: 0,
  baselineEndpoints: null,
  wereLoginsOpen: null,
};

export async function baselineFacts(sql: Sql, scanId: string): Promise<BaselineFacts> {
  const [facts] = await sql.query<BaselineFacts>(
    `SELECT b.id IS NOT NULL AS "hasBaseline",
            EXISTS (SELECT 1 FROM scope_entry e WHERE e.project_id = t.project_id
                    AND (e.created_at > b.started_at OR e.removed_at > b.started_at))
            OR EXISTS (SELECT 1 FROM audit_event a WHERE a.action = 'target.updated' AND a.at > b.started_at
                       AND a.params->>'targetId' = t.id::text AND a.params->'change' ? 'baseUrl') AS "isScopeChanged",
            (SELECT count(*)::int FROM scan_endpoint WHERE scan_id = s.id) AS endpoints,
            CASE WHEN b.id IS NOT NULL
              THEN (SELECT count(*)::int FROM scan_endpoint WHERE scan_id = b.id) END AS "baselineEndpoints",
            CASE WHEN b.id IS NOT NULL THEN (
              SELECT count(*) > 0 AND 2 * count(*) FILTER (WHERE location_key IN (
                SELECT location_key FROM coverage WHERE scan_id = b.id AND healthy > 0)) >= count(*)
              FROM (SELECT DISTINCT location_key FROM coverage WHERE scan_id = s.id AND health = 'auth_lost') asking)
            END AS "wereLoginsOpen"
     FROM scan s JOIN target t ON t.id = s.target_id LEFT JOIN scan b ON b.id = s.baseline_scan_id
     WHERE s.id = $1::uuid`,
    [scanId],
  );
  return facts ?? NO_BASELINE;
}

import type { CoverageHealth, ModuleRunStatus, NoveltyFacts } from "@picket/core";
import type { Sql } from "../sql.ts";

/** A detector that a finding is attributed to, in the scan. */
export interface DetectorFacts {
  plugin: string;
  /** Null: the scan did not plan it. */
  status: ModuleRunStatus | null;
  /** True when it cannot report this type of finding any more, or is of another major version. */
  isChanged: boolean;
}

/** Health of a detector's look at a place in this scan, and in the scan that found the finding there. */
export type PlaceLook = Record<"now" | "whenFound", CoverageHealth | null>;

/** Places of a finding at which every detector's look went the same way. */
export interface PlaceFacts {
  instanceIds: string[];
  /** By plugin. */
  looks: Record<string, PlaceLook>;
}

/** What is stored of a finding that a scan has to say something about. */
export interface FindingChangeFacts {
  findingId: string;
  dedupeKey: string;
  /** In this scan, or in another one at the same time. */
  isSeen: boolean;
  isFirstSeen: boolean;
  wasFixed: boolean;
  detectors: DetectorFacts[];
  /** Places that are not known to be fixed and that this scan did not see it at. */
  places: PlaceFacts[];
  /** Of a finding that is first seen here: how its detectors stood in the baseline. */
  novelty: Omit<NoveltyFacts, "hasBaseline" | "isScopeChanged">[];
}

/** Findings that a scan has to say something about: those that are open, and those that it saw. */
const CONCERNED = `f.target_id = s.target_id
  AND (f.status = 'open' OR EXISTS (SELECT 1 FROM observation o WHERE o.scan_id = s.id AND o.finding_id = f.id))`;

/**
 * Locks every finding that the scan has to say something about, in the order in which ingest writes them. Belongs first
 * in the transaction that ends the scan, before anything else touches findings.
 */
export async function lockConcernedFindings(sql: Sql, scanId: string): Promise<void> {
  await sql.query(
    `SELECT count(*) FROM (
       SELECT 1 FROM scan s JOIN finding f ON ${CONCERNED} WHERE s.id = $1::uuid
       ORDER BY f.dedupe_key FOR NO KEY UPDATE OF f) locked`,
    [scanId],
  );
}

/**
 * Health of one detector's look at one place. Where it did not look, the reason why others did not get there either
 * stands for its own.
 */
const LOOK = `jsonb_build_object(
  'now', coalesce(
    (SELECT c.health FROM coverage c WHERE c.module_run_id = d.run_id AND c.location_key = p.location_key),
    (SELECT min(c.health) FROM module_run r
     JOIN coverage c ON c.module_run_id = r.id AND c.location_key = p.location_key AND c.health <> 'healthy'
     WHERE r.scan_id = $1::uuid)),
  'whenFound', (
    SELECT c.health FROM module_run r
    JOIN coverage c ON c.module_run_id = r.id AND c.location_key = p.location_key
    WHERE r.scan_id = p.first_seen_scan_id AND r.plugin = d.plugin))`;

/** Each detector that saw the finding, and how it stood in the baseline. */
const NOVELTY = `
  SELECT coalesce(jsonb_agg(jsonb_build_object(
    'detector', jsonb_build_object('codeDigest', n.code_digest, 'configHash', n.config_hash),
    'baselineDetector', CASE WHEN n.baseline_run_id IS NOT NULL
      THEN jsonb_build_object('codeDigest', n.baseline_code, 'configHash', n.baseline_config) END,
    'wasPlaceCovered', n.was_covered)), '[]')
  FROM (
    SELECT r.code_digest, r.config_hash, b.id AS baseline_run_id, b.code_digest AS baseline_code,
           b.config_hash AS baseline_config, bool_or(c.module_run_id IS NOT NULL) AS was_covered
    FROM observation o
    JOIN instance i ON i.id = o.instance_id
    JOIN module_run r ON r.id = o.module_run_id
    LEFT JOIN module_run b ON b.scan_id = page.baseline_scan_id AND b.plugin = r.plugin AND b.status = 'succeeded'
    LEFT JOIN coverage c ON c.module_run_id = b.id AND c.location_key = i.location_key AND c.health = 'healthy'
    WHERE o.scan_id = $1::uuid AND o.finding_id = page.id
    GROUP BY r.id, b.id) n`;

/** Facts of the findings concerned, in the order of their keys, from `afterKey` on. */
export async function changeFacts(
  sql: Sql,
  { scanId, afterKey, limit }: { scanId: string; afterKey: string; limit: number },
): Promise<FindingChangeFacts[]> {
  return sql.query(
    `WITH meanwhile AS (
       SELECT o.id FROM scan s JOIN scan o ON o.target_id = s.target_id AND o.id <> s.id
         AND (o.finished_at IS NULL OR o.finished_at > s.started_at)
       WHERE s.id = $1::uuid),
     page AS (
       SELECT f.id, f.dedupe_key, f.type, f.last_change, f.first_seen_scan_id = s.id AS is_first_seen,
              EXISTS (SELECT 1 FROM observation o WHERE o.scan_id = s.id AND o.finding_id = f.id) AS is_observed,
              EXISTS (SELECT 1 FROM meanwhile m WHERE m.id = f.last_seen_scan_id) AS is_seen_meanwhile,
              s.baseline_scan_id
       FROM scan s JOIN finding f ON ${CONCERNED}
       WHERE s.id = $1::uuid AND f.dedupe_key > $2
       ORDER BY f.dedupe_key LIMIT $3::int),
     detector AS MATERIALIZED (
       SELECT a.finding_id, a.plugin, r.id AS run_id, r.status,
              r.id IS NOT NULL AND (coalesce(NOT p.manifest->'emits' ? page.type, false)
                OR split_part(a.version, '.', 1) <> split_part(r.version, '.', 1)) AS is_changed
       FROM page JOIN attribution a ON a.finding_id = page.id
       LEFT JOIN module_run r ON r.scan_id = $1::uuid AND r.plugin = a.plugin
       LEFT JOIN plugin_release p ON p.name = r.plugin AND p.code_digest = r.code_digest),
     place AS (
       SELECT i.finding_id, i.id, i.location_key, i.first_seen_scan_id
       FROM page JOIN instance i ON i.finding_id = page.id
       WHERE NOT page.is_seen_meanwhile AND i.fixed_at IS NULL AND i.last_seen_scan_id <> $1::uuid),
     looked AS (
       SELECT p.finding_id, p.id, jsonb_object_agg(d.plugin, ${LOOK}) AS looks
       FROM place p JOIN detector d USING (finding_id) GROUP BY p.finding_id, p.id),
     alike AS (
       SELECT finding_id, looks, array_agg(id) AS ids FROM looked GROUP BY finding_id, looks)
     SELECT page.id AS "findingId", dedupe_key AS "dedupeKey", is_observed OR is_seen_meanwhile AS "isSeen",
            is_first_seen AS "isFirstSeen", coalesce(last_change = 'fixed', false) AS "wasFixed",
            (SELECT coalesce(jsonb_agg(jsonb_build_object('plugin', plugin, 'status', status, 'isChanged', is_changed)
                                       ORDER BY plugin), '[]')
             FROM detector d WHERE d.finding_id = page.id) AS detectors,
            (SELECT coalesce(jsonb_agg(jsonb_build_object('instanceIds', ids, 'looks', looks)), '[]')
             FROM alike a WHERE a.finding_id = page.id) AS places,
            CASE WHEN is_first_seen THEN (${NOVELTY}) ELSE '[]' END AS novelty
     FROM page ORDER BY dedupe_key`,
    [scanId, afterKey, limit],
  );
}

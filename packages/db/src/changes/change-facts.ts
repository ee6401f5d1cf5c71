import type { CoverageHealth, ModuleRunStatus, NoveltyFacts } from "@picket/core";
import { gaveUpSql, LOST_TYPES } from "../identity/made-of-sql.ts";
import type { Sql } from "../sql.ts";

/** A detector that a finding is attributed to, in the scan. */
export interface DetectorFacts {
  plugin: string;
  /** Null: the scan did not plan it. */
  status: ModuleRunStatus | null;
  /** True when its release gave up a type that the finding is made of, or is of another major version. */
  isChanged: boolean;
}

/** Health of a detector's look at a place in this scan and, where that was not healthy, in the scan that found it there. */
export type PlaceLook = Record<"now" | "whenFound", CoverageHealth | null> & {
  /** It was found there with a session, and this look had none that was proven. */
  isAnonymousNow: boolean;
};

/** Places of a finding at which every detector's look went the same way. */
export interface PlaceFacts {
  instanceIds: string[];
  /** By plugin: those whose word counts here. */
  looks: Record<string, PlaceLook>;
}

/** What is stored of a finding that a scan has to say something about. */
export interface FindingChangeFacts {
  findingId: string;
  /** In this scan, or in another one at the same time. */
  isSeen: boolean;
  isFirstSeen: boolean;
  /** By a scan that had ended when this one started: of two at the same time, the one that saw it is right. */
  wasFixed: boolean;
  detectors: DetectorFacts[];
  /** Places that are not known to be fixed and that this scan did not see it at. */
  places: PlaceFacts[];
  /** Of a finding that is first seen here: how its detectors stood in the baseline. */
  novelty: Omit<NoveltyFacts, "hasBaseline" | "isScopeChanged">[];
}

/**
 * Locks every finding that the scan has to say something about, those that are open and those that it saw, in the order
 * in which ingest writes them. Returns their ids in that order. Belongs first in the transaction that ends the scan,
 * before anything else touches findings.
 */
export async function lockConcernedFindings(sql: Sql, scanId: string): Promise<string[]> {
  const rows = await sql.query<{ id: string }>(
    `SELECT f.id FROM finding f
     WHERE f.target_id = (SELECT target_id FROM scan WHERE id = $1::uuid)
       AND (f.status = 'open' OR f.id IN (SELECT o.finding_id FROM observation o WHERE o.scan_id = $1::uuid))
     ORDER BY f.dedupe_key FOR NO KEY UPDATE OF f`,
    [scanId],
  );
  return rows.map(({ id }) => id);
}

type Seen = Pick<FindingChangeFacts, "findingId" | "isSeen" | "isFirstSeen" | "wasFixed"> & {
  isSeenMeanwhile: boolean;
};

/** Whether scan `last` is another one than `s` and had not ended when that one began. */
const IS_MEANWHILE = "(last.id <> s.id AND (last.finished_at IS NULL OR last.finished_at > s.started_at))";

const SEEN = `
  SELECT f.id AS "findingId", f.first_seen_scan_id = s.id AS "isFirstSeen",
         coalesce(f.last_change = 'fixed' AND fixer.finished_at <= s.started_at, false) AS "wasFixed", seen.meanwhile AS "isSeenMeanwhile",
         seen.meanwhile
           OR EXISTS (SELECT 1 FROM observation o WHERE o.scan_id = s.id AND o.finding_id = f.id) AS "isSeen"
  FROM scan s
  JOIN finding f ON f.id = ANY ($2::uuid[])
  LEFT JOIN scan fixer ON fixer.id = f.last_change_scan_id
  CROSS JOIN LATERAL (
    SELECT EXISTS (SELECT 1 FROM instance i JOIN scan last ON last.id = i.last_seen_scan_id
                   WHERE i.finding_id = f.id AND i.fixed_at IS NULL AND ${IS_MEANWHILE}) AS meanwhile) seen
  WHERE s.id = $1::uuid`;

const DETECTORS = `
  WITH ${LOST_TYPES}
  SELECT a.finding_id AS "findingId", a.plugin, r.status,
         r.id IS NOT NULL AND (${gaveUpSql("a.plugin")}
           OR split_part(a.version, '.', 1) <> split_part(r.version, '.', 1)) AS "isChanged"
  FROM attribution a JOIN finding f ON f.id = a.finding_id
  LEFT JOIN module_run r ON r.scan_id = $1::uuid AND r.plugin = a.plugin
  WHERE a.finding_id = ANY ($2::uuid[]) ORDER BY a.plugin`;

/**
 * Plugins that are not used on the scan's target any more: over 35 days, longer than a monthly schedule, three or more
 * scans of it succeeded, and none ran the plugin. Its manifest may still be offered, by a worker or in another profile.
 */
export async function retiredDetectors(sql: Sql, scanId: string): Promise<string[]> {
  const rows = await sql.query<{ plugin: string }>(
    `SELECT r.plugin
     FROM scan s JOIN scan o ON o.target_id = s.target_id AND o.mode <> 'recheck'
     JOIN module_run r ON r.scan_id = o.id AND r.status <> 'skipped'
     WHERE s.id = $1::uuid
     GROUP BY s.id, r.plugin
     HAVING max(o.created_at) < s.created_at - interval '35 days' AND 3 <= (
       SELECT count(*) FROM scan c WHERE c.target_id = s.target_id AND c.status = 'succeeded' AND c.mode <> 'recheck'
         AND c.created_at >= s.created_at - interval '35 days')`,
    [scanId],
  );
  return rows.map(({ plugin }) => plugin);
}

/**
 * Each place's look by each detector, one index probe each: what is known of the sizes is out of date right after
 * ingest, and a plan that is made of joins trusts it. Where a detector did not look, the reason why others did not get
 * there either stands for its own. At a place those detectors count that saw it there; so does one that, after a merge or
 * a split, is listed with no place at all, and every one at a place that none is listed with. A retired one does not
 * where another one saw it too.
 */
const PLACES = `
  WITH look AS MATERIALIZED (
    SELECT i.finding_id, i.id, i.location_key, i.first_seen_scan_id, a.plugin, coalesce(
             (SELECT c.health FROM coverage c WHERE c.module_run_id = r.id AND c.location_key = i.location_key),
             (SELECT min(c.health) FROM coverage c
              WHERE c.scan_id = $1::uuid AND c.location_key = i.location_key AND c.health <> 'healthy')) AS now,
           CASE WHEN first.auth_profile_id IS NOT NULL THEN NOT EXISTS (
             SELECT 1 FROM coverage c WHERE c.module_run_id = r.id AND c.location_key = i.location_key
               AND c.authentication = 'authenticated') AND EXISTS (
             SELECT 1 FROM module_run f JOIN coverage c ON c.module_run_id = f.id AND c.location_key = i.location_key
             WHERE f.scan_id = first.id AND f.plugin = a.plugin AND c.authentication <> 'anonymous')
           ELSE false END AS is_anonymous_now
    FROM scan s JOIN instance i ON i.finding_id = ANY ($2::uuid[])
    JOIN attribution a ON a.finding_id = i.finding_id JOIN scan first ON first.id = i.first_seen_scan_id
    JOIN scan last ON last.id = i.last_seen_scan_id
    LEFT JOIN module_run r ON r.scan_id = $1::uuid AND r.plugin = a.plugin
    WHERE s.id = $1::uuid AND i.fixed_at IS NULL AND i.last_seen_scan_id <> s.id AND NOT ${IS_MEANWHILE}
      AND (a.plugin = ANY (i.seen_by)
        OR NOT EXISTS (SELECT 1 FROM attribution x WHERE x.finding_id = i.finding_id AND x.plugin = ANY (i.seen_by))
        OR NOT EXISTS (SELECT 1 FROM instance o WHERE o.finding_id = i.finding_id AND a.plugin = ANY (o.seen_by)))
      AND (a.plugin <> ALL ($3::text[]) OR NOT EXISTS (
        SELECT 1 FROM attribution x WHERE x.finding_id = i.finding_id AND x.plugin = ANY (i.seen_by)
          AND x.plugin <> ALL ($3::text[])))),
  looked AS (
    SELECT finding_id, id, jsonb_object_agg(plugin, jsonb_build_object('now', now, 'isAnonymousNow', is_anonymous_now, 'whenFound',
             CASE WHEN now <> 'healthy' THEN (
               SELECT c.health FROM module_run r
               JOIN coverage c ON c.module_run_id = r.id AND c.location_key = look.location_key AND c.healthy = 0
               WHERE r.scan_id = look.first_seen_scan_id AND r.plugin = look.plugin) END)) AS looks
    FROM look GROUP BY finding_id, id)
  SELECT finding_id AS "findingId", looks, array_agg(id) AS "instanceIds" FROM looked GROUP BY finding_id, looks`;

/** Each detector that saw a finding, and how it stood in the baseline. */
const NOVELTY = `
  SELECT o.finding_id AS "findingId",
         jsonb_build_object('codeDigest', r.code_digest, 'configHash', r.config_hash) AS detector,
         CASE WHEN b.id IS NOT NULL THEN
           jsonb_build_object('codeDigest', b.code_digest, 'configHash', b.config_hash) END AS "baselineDetector",
         bool_or(EXISTS (SELECT 1 FROM coverage c WHERE c.module_run_id = b.id AND c.location_key = i.location_key
                         AND c.health = 'healthy')) AS "wasPlaceCovered"
  FROM scan s
  JOIN observation o ON o.scan_id = s.id AND o.finding_id = ANY ($2::uuid[])
  JOIN instance i ON i.id = o.instance_id
  JOIN module_run r ON r.id = o.module_run_id
  LEFT JOIN module_run b ON b.scan_id = s.baseline_scan_id AND b.plugin = r.plugin AND b.status = 'succeeded'
  WHERE s.id = $1::uuid AND s.baseline_scan_id IS NOT NULL
  GROUP BY o.finding_id, r.id, b.id`;

type Of<Facts> = Facts & { findingId: string };

function byFinding<Facts>(rows: readonly Of<Facts>[]): (findingId: string) => Facts[] {
  const groups = Map.groupBy(rows, ({ findingId }) => findingId);
  return (findingId) => (groups.get(findingId) ?? []).map(({ findingId: _, ...facts }) => facts as Facts);
}

/** Facts of findings that are concerned. Novelty is empty without a baseline. */
export async function changeFacts(
  sql: Sql,
  {
    scanId,
    findingIds,
    retired,
  }: { scanId: string; findingIds: readonly string[]; retired: readonly string[] },
): Promise<FindingChangeFacts[]> {
  const read = <Row extends object>(text: string, rows: readonly Seen[], ...more: unknown[]) =>
    rows.length === 0 ? [] : sql.query<Row>(text, [scanId, rows.map(({ findingId }) => findingId), ...more]);
  const seen = await sql.query<Seen>(SEEN, [scanId, findingIds]);
  const detectors = byFinding(await read<Of<DetectorFacts>>(DETECTORS, seen));
  const inQuestion = seen.filter(({ isSeenMeanwhile }) => !isSeenMeanwhile);
  const places = byFinding(await read<Of<PlaceFacts>>(PLACES, inQuestion, retired));
  const firstSeen = seen.filter(({ isFirstSeen }) => isFirstSeen);
  const novelty = byFinding(await read<Of<FindingChangeFacts["novelty"][number]>>(NOVELTY, firstSeen));
  return seen.map(({ isSeenMeanwhile: _, ...facts }) => ({
    ...facts,
    detectors: detectors(facts.findingId),
    places: places(facts.findingId),
    novelty: novelty(facts.findingId),
  }));
}

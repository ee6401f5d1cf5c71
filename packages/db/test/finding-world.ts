import { type Change, confidenceBand, type Severity, uuidv7 } from "@picket/core";
import { sha256 } from "../src/sha256.ts";
import type { Sql } from "../src/sql.ts";

export interface ScanSeed {
  targetId: string;
  /** Minutes after the world's beginning at which it ended; null: it runs. */
  endedAt: number | null;
  mode?: "interactive" | "recheck";
  baselineScanId?: string;
}

const START = Date.UTC(2026, 0, 1);

/** A scan with one run of each of the plugins `headers` and `cookies`. */
export async function seedEndedScan(sql: Sql, seed: ScanSeed): Promise<string> {
  const id = uuidv7();
  const { targetId, endedAt, mode = "interactive", baselineScanId = null } = seed;
  const finishedAt = endedAt === null ? null : new Date(START + endedAt * 60_000);
  await sql.query(
    `INSERT INTO scan (id, target_id, mode, profile_name, profile_capabilities, storage_mode, status, config_hash,
                       engine_version, deadline, requested_by, baseline_scan_id, started_at, finished_at)
     VALUES ($1::uuid, $2::uuid, $3::scan_mode, 'standard', '{}', 'none',
             CASE WHEN $5::timestamptz IS NULL THEN 'running' ELSE 'succeeded' END::scan_status, repeat('a', 64), '0', now(),
             'test', $4::uuid, '2026-01-01', $5::timestamptz)`,
    [id, targetId, mode, baselineScanId, finishedAt],
  );
  await sql.query(
    `INSERT INTO module_run (id, scan_id, plugin, version, code_digest, config, config_hash, stage)
     SELECT gen_random_uuid(), $1::uuid, plugin, '1.0.0', repeat('b', 64), '{}', repeat('c', 64), 'inspect'
     FROM unnest(ARRAY['headers', 'cookies']) plugin`,
    [id],
  );
  return id;
}

export interface FindingSeed {
  targetId: string;
  /** That saw it first. */
  scanId: string;
  title?: string;
  type?: string;
  severity?: Severity;
  score?: number;
  plugins?: readonly string[];
  status?: "open" | "fixed" | "soft_deleted";
  /** What the target's last ended scan, by default `scanId`, said of it. */
  change?: Change;
  changeScanId?: string;
  lastSeenAt?: string;
}

/** A finding with one instance, seen by its plugins in `scanId`. */
export async function seedFinding(sql: Sql, seed: FindingSeed): Promise<string> {
  const id = uuidv7();
  const { status = "open", score = 90, change = null, plugins = ["headers"] } = seed;
  await sql.query(
    `INSERT INTO finding (id, target_id, dedupe_key, type, root_cause_level, root_cause_key, title, description, severity,
                          confidence, confidence_score, confidence_factors, status, remediation, evidence_ids,
                          source_module, first_seen_scan_id, last_seen_scan_id, last_seen_at, fixed_at, deleted_at,
                          last_change, last_change_scan_id, last_change_reason, last_change_cause, is_news)
     VALUES ($1::uuid, $2::uuid, $3, $4, 'target', '', $5, 'Described.', $6::severity, $7::confidence, $8::smallint, '{}',
             $9::finding_status, 'Mend it.', ARRAY[gen_random_uuid()], $10, $11::uuid, $11::uuid,
             coalesce($12::timestamptz, now()), CASE WHEN $9 = 'fixed' THEN now() END,
             CASE WHEN $9 = 'soft_deleted' THEN now() END, $13::change,
             CASE WHEN $13 IS NOT NULL THEN $14::uuid END, CASE WHEN $13 = 'not_observed' THEN 'plugin_failed' END,
             CASE WHEN $13 = 'new' THEN 'new_exposure' END, $9 = 'open' AND coalesce($13 IN ('new', 'reopened'), false))`,
    [
      id,
      seed.targetId,
      `v1:${sha256(id)}`,
      seed.type ?? "missing-csp",
      seed.title ?? "No policy",
      seed.severity ?? "medium",
      confidenceBand(score),
      score,
      status,
      plugins[0],
      seed.scanId,
      seed.lastSeenAt ?? null,
      change,
      seed.changeScanId ?? seed.scanId,
    ],
  );
  await seedSighting(sql, { findingId: id, scanId: seed.scanId, plugins });
  return id;
}

async function seedSighting(
  sql: Sql,
  { findingId, scanId, plugins }: { findingId: string; scanId: string; plugins: readonly string[] },
): Promise<void> {
  await sql.query(
    `WITH place AS (
       INSERT INTO instance (id, finding_id, instance_key, location_key, method, url, route, first_seen_scan_id,
                             last_seen_scan_id)
       VALUES (gen_random_uuid(), $1::uuid, repeat('d', 64), repeat('e', 64), 'GET', 'http://app.test/', '/', $2::uuid,
               $2::uuid) RETURNING id),
     seen AS (
       INSERT INTO observation (id, finding_id, instance_id, scan_id, module_run_id, severity, title, evidence_ids)
       SELECT gen_random_uuid(), $1::uuid, place.id, $2::uuid, r.id, 'medium', 'Seen', ARRAY[gen_random_uuid()]
       FROM place JOIN module_run r ON r.scan_id = $2::uuid AND r.plugin = ANY ($3::text[]))
     INSERT INTO attribution (finding_id, plugin, version, first_seen_scan_id, last_seen_scan_id)
     SELECT $1::uuid, plugin, '1.0.0', $2::uuid, $2::uuid FROM unnest($3::text[]) plugin`,
    [findingId, scanId, [...plugins]],
  );
}

/** What a scan says of findings. */
export async function seedChanges(
  sql: Sql,
  scanId: string,
  changes: Readonly<Record<string, Change>>,
): Promise<void> {
  await sql.query(
    `INSERT INTO finding_change (scan_id, finding_id, change, reason, cause, rules_version)
     SELECT $1::uuid, id, change, CASE WHEN change = 'not_observed' THEN 'plugin_failed' END,
            CASE WHEN change = 'new' THEN 'new_exposure' END, 1
     FROM unnest($2::uuid[], $3::change[]) AS said(id, change)`,
    [scanId, Object.keys(changes), Object.values(changes)],
  );
}

/** An approved exception for one finding that ends `seconds` from now, or did so before. */
export async function seedException(sql: Sql, findingId: string, seconds: number): Promise<void> {
  await sql.query(
    `INSERT INTO exception_record (id, project_id, target_id, scope, finding_key, finding_type, max_severity, status,
                                   reason, owner, requested_by, requester_person, approver, approver_person, created_at, decided_at,
                                   covers_until, expires_at)
     SELECT gen_random_uuid(), t.project_id, f.target_id, 'finding', f.dedupe_key, f.type, f.severity, 'approved', 'known',
            'Ada', 'token:a', 'ada', 'token:b', 'ben', now() - interval '1 day', now(), now(), now() + make_interval(secs => $2::float8)
     FROM finding f JOIN target t ON t.id = f.target_id WHERE f.id = $1::uuid`,
    [findingId, seconds],
  );
}

import { createHash } from "node:crypto";
import { confidenceBand, confidenceFactors, confidenceScore, type Severity, uuidv7 } from "@picket/core";
import { planScan, registerReleases, type Sql } from "@picket/db";
import { releaseSeed, type SeededTarget, seedTarget } from "@picket/db/testing";
import type { TestApi } from "./test-api.ts";

export interface SeededScan extends SeededTarget {
  scanId: string;
  /** Of the plugin `crawl`. */
  moduleRunId: string;
}

/** A target in scope and one planned scan of it with the modules `crawl` and `cookies`. */
export async function seedScan({ database }: TestApi, target?: SeededTarget): Promise<SeededScan> {
  const { sql } = database;
  await registerReleases(sql, [
    releaseSeed({ name: "crawl", stage: "discover" }),
    releaseSeed({ name: "cookies" }),
  ]);
  const seeded = target ?? (await seedTarget(sql, { baseUrl: "http://127.0.0.1:8080/" }));
  const { scanId } = await planScan(database, {
    targetId: seeded.targetId,
    profile: "standard",
    mode: "interactive",
    requestedBy: "test",
    engineVersion: "0.0.0",
  });
  const [run] = await sql.query<{ id: string }>(
    "SELECT id FROM module_run WHERE scan_id = $1::uuid AND plugin = 'crawl'",
    [scanId],
  );
  return { ...seeded, scanId, moduleRunId: run?.id ?? "" };
}

function sha256(text: string): string {
  return createHash("sha256").update(text).digest("hex");
}

export async function seedFetch(
  sql: Sql,
  { scanId, moduleRunId }: SeededScan,
  { bodyPath = null, contentType = "text/html" }: { bodyPath?: string | null; contentType?: string } = {},
): Promise<string> {
  const id = uuidv7();
  const bodyHash = bodyPath === null ? null : bodyPath.slice(-64);
  await sql.query(
    `INSERT INTO "fetch" (id, scan_id, module_run_id, attempt, origin, method, url, request, status, response_meta,
                          storage_mode, body_path, body_hash, body_size, redaction_version, truncated, started_at)
     VALUES ($1::uuid, $2::uuid, $3::uuid, 1, 'broker', 'GET', 'http://127.0.0.1:8080/', '{"headers": [], "bodySize": 0}',
             200, $4::jsonb, $5::storage_mode, $6, $7, 5, 1, false, now())`,
    [
      id,
      scanId,
      moduleRunId,
      JSON.stringify({ headers: [["content-type", contentType]], contentType }),
      bodyPath === null ? "none" : "full",
      bodyPath,
      bodyHash,
    ],
  );
  return id;
}

export async function seedEvidence(
  sql: Sql,
  { scanId, moduleRunId }: SeededScan,
  snippet: string,
): Promise<string> {
  const id = uuidv7();
  await sql.query(
    `INSERT INTO evidence (id, scan_id, module_run_id, kind, snippet, location, hash, redaction_version)
     VALUES ($1::uuid, $2::uuid, $3::uuid, 'observation', $4, '{"part": "response_header", "name": "server"}', $5, 1)`,
    [id, scanId, moduleRunId, snippet, sha256(`${id}${snippet}`)],
  );
  return id;
}

export interface FindingSeed {
  title?: string;
  type?: string;
  severity?: Severity;
  isFixed?: boolean;
}

/** A finding seen in this scan, with one evidence, instance and observation. */
export async function seedFinding(sql: Sql, scan: SeededScan, seed: FindingSeed = {}): Promise<string> {
  const { title = "Cookie without HttpOnly", type = "cookie-without-httponly", severity = "medium" } = seed;
  const id = uuidv7();
  const evidenceId = await seedEvidence(sql, scan, `set-cookie: sid=… (${title})`);
  const seen = {
    kind: "observation",
    controlHeld: null,
    status: 200,
    isProof: false,
    version: null,
  } as const;
  const factors = confidenceFactors([seen], { requests: 1, detectors: 1 });
  const score = confidenceScore(factors);
  await sql.query(
    `INSERT INTO finding (id, target_id, dedupe_key, type, root_cause_level, root_cause_key, title, description, severity,
                          confidence, confidence_score, confidence_factors, status, remediation, "references",
                          evidence_ids, source_module, first_seen_scan_id, last_seen_scan_id, fixed_at, updated_at)
     VALUES ($1::uuid, $2::uuid, $3, $4, 'target', '', $5, 'Described.', $6::severity, $7::confidence, $8, $9::jsonb,
             $10::finding_status, 'Mend it.', '["https://example.com/why"]', ARRAY[$11::uuid], 'crawl', $12::uuid,
             $12::uuid, $13, now())`,
    [
      id,
      scan.targetId,
      `v1:${sha256(id)}`,
      type,
      title,
      severity,
      confidenceBand(score),
      score,
      JSON.stringify(factors),
      seed.isFixed ? "fixed" : "open",
      evidenceId,
      scan.scanId,
      seed.isFixed ? new Date() : null,
    ],
  );
  await seedInstance(sql, scan, { findingId: id, evidenceId, number: 0 });
  return id;
}

export async function seedInstance(
  sql: Sql,
  { scanId, moduleRunId }: SeededScan,
  { findingId, evidenceId, number }: { findingId: string; evidenceId: string; number: number },
): Promise<string> {
  const id = uuidv7();
  await sql.query(
    `INSERT INTO instance (id, finding_id, instance_key, location_key, method, url, route, parameter_name, parameter_in,
                           first_seen_scan_id, last_seen_scan_id)
     VALUES ($1::uuid, $2::uuid, $3, $3, 'GET', $4, '/', 'sid', 'cookie', $5::uuid, $5::uuid)`,
    [id, findingId, sha256(id), `http://127.0.0.1:8080/${number}`, scanId],
  );
  await sql.query(
    `INSERT INTO observation (id, finding_id, instance_id, scan_id, module_run_id, severity, title, evidence_ids)
     VALUES (gen_random_uuid(), $1::uuid, $2::uuid, $3::uuid, $4::uuid, 'medium', 'Seen', ARRAY[$5::uuid])`,
    [findingId, id, scanId, moduleRunId, evidenceId],
  );
  return id;
}

/** Moves a scan through its states as a worker would. */
export async function setScanStatus(
  sql: Sql,
  scanId: string,
  status: "running" | "succeeded",
): Promise<void> {
  await sql.query(
    `UPDATE scan SET status = $2::scan_status, started_at = coalesce(started_at, now()),
                     finished_at = CASE WHEN $2 = 'succeeded' THEN now() END
     WHERE id = $1::uuid`,
    [scanId, status],
  );
}

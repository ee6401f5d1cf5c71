import { type Confidence, type ConfidenceFactors, type EvidenceFact, REQUESTS_COUNTED } from "@picket/core";
import { jsonParameter } from "../json-parameter.ts";
import type { Sql } from "../sql.ts";

/** What is stored about a finding: all that its confidence is computed from. */
export interface FindingFacts {
  findingId: string;
  /** Distinct proofs and outcomes of controls among the evidence of the latest scan that saw it. */
  evidence: EvidenceFact[];
  /** Distinct requests of that scan whose responses showed it, and one for each earlier scan that saw it, as far as counted. */
  requests: number;
  /** Plugins that it is attributed to. */
  detectors: number;
}

/**
 * Facts of the findings that the statement `seen (id, target_id, last_seen_scan_id)` selects. What it reads does not grow
 * with a finding's history: earlier scans are probed, newest first, until enough of them are found that saw it.
 */
const factsOf = (seen: string) => `
  WITH seen AS (${seen})
  SELECT seen.id AS "findingId", proofs.evidence,
         proofs.requests + (SELECT count(*)::int FROM (
           SELECT FROM scan s WHERE s.target_id = seen.target_id AND s.id <> seen.last_seen_scan_id
             AND (SELECT true FROM observation o WHERE o.scan_id = s.id AND o.finding_id = seen.id LIMIT 1)
           ORDER BY s.id DESC LIMIT ${REQUESTS_COUNTED}) earlier) AS requests,
         (SELECT count(*)::int FROM attribution a WHERE a.finding_id = seen.id) AS detectors
  FROM seen CROSS JOIN LATERAL (
    SELECT count(DISTINCT shown.fetch_id) FILTER (WHERE shown.kind <> 'negative_control'
                                                    AND shown.status IS NOT NULL)::int AS requests,
           coalesce(jsonb_agg(DISTINCT jsonb_build_object(
             'kind', shown.kind, 'controlHeld', shown.control_held, 'status', shown.status, 'isProof', shown.is_proof,
             'version', substring(shown.details ->> 'versionQuality' FROM '^(?:exact|partial|banner)$'))), '[]') AS evidence
    FROM (SELECT e.kind, e.control_held, e.details, e.fetch_id, CASE x.origin WHEN 'broker' THEN x.status END AS status,
                 bool_or(e.kind <> 'negative_control') OVER (PARTITION BY e.fetch_id) AS is_proof
          FROM observation o JOIN evidence e ON e.id = ANY (o.evidence_ids) LEFT JOIN "fetch" x ON x.id = e.fetch_id
          WHERE o.scan_id = seen.last_seen_scan_id AND o.finding_id = seen.id) shown) proofs`;

/** Locks the findings that the scan saw, in the order in which ingest writes them. Returns their ids. */
export async function lockSeenFindings(sql: Sql, scanId: string): Promise<string[]> {
  const rows = await sql.query<{ id: string }>(
    `SELECT id FROM finding WHERE id IN (SELECT finding_id FROM observation WHERE scan_id = $1::uuid)
     ORDER BY dedupe_key FOR NO KEY UPDATE`,
    [scanId],
  );
  return rows.map(({ id }) => id);
}

export function findingFacts(sql: Sql, findingIds: readonly string[]): Promise<FindingFacts[]> {
  return sql.query(
    factsOf("SELECT id, target_id, last_seen_scan_id FROM finding WHERE id = ANY ($1::uuid[])"),
    [findingIds],
  );
}

/** Facts of findings whose confidence was computed by other rules than these; those in other hands are left for later. */
export function outdatedFacts(
  sql: Sql,
  { rules, limit }: { rules: number; limit: number },
): Promise<FindingFacts[]> {
  const seen = `
    SELECT f.id, f.target_id, f.last_seen_scan_id FROM finding f
    WHERE f.confidence_factors -> 'rules' IS DISTINCT FROM to_jsonb($1::int)
      AND EXISTS (SELECT 1 FROM observation o WHERE o.finding_id = f.id)
    ORDER BY f.id LIMIT $2::int FOR NO KEY UPDATE SKIP LOCKED`;
  return sql.query(factsOf(seen), [rules, limit]);
}

export interface FindingConfidence {
  findingId: string;
  confidence: Confidence;
  score: number;
  isVerified: boolean;
  factors: ConfidenceFactors;
}

/** Writes what changed. */
export async function writeConfidences(sql: Sql, findings: readonly FindingConfidence[]): Promise<void> {
  await sql.query(
    `UPDATE finding f SET confidence = v.confidence, confidence_score = v.score, confidence_factors = v.factors,
            verified = v."isVerified", updated_at = now()
     FROM jsonb_to_recordset($1::jsonb) AS v(
       "findingId" uuid, confidence confidence, score smallint, factors jsonb, "isVerified" boolean)
     WHERE f.id = v."findingId" AND (f.confidence_score, f.confidence_factors, f.verified)
                                     IS DISTINCT FROM (v.score, v.factors, v."isVerified")`,
    [jsonParameter(findings)],
  );
}

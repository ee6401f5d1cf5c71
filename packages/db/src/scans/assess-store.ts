import type { Confidence, ConfidenceFactors, EvidenceKind } from "@picket/core";
import { jsonParameter } from "../json-parameter.ts";
import type { Sql } from "../sql.ts";

/** What is stored about a finding that a scan saw: all that its confidence is computed from. */
export interface FindingFacts {
  findingId: string;
  /** Distinct kinds of proof, and outcomes of controls, among the evidence of this scan. */
  evidence: { kind: EvidenceKind; controlHeld: boolean | null }[];
  /** Module runs that saw it, of all scans of the target. */
  sightings: number;
}

/**
 * Facts of the findings that the scan saw, in the order of their keys, from `afterKey` on. Their rows are locked in
 * that same order, in which ingest writes them.
 */
export async function findingFacts(
  sql: Sql,
  { scanId, afterKey, limit }: { scanId: string; afterKey: string; limit: number },
): Promise<(FindingFacts & { dedupeKey: string })[]> {
  return sql.query(
    `WITH seen AS (
       SELECT f.id, f.dedupe_key FROM finding f
       WHERE f.target_id = (SELECT target_id FROM scan WHERE id = $1::uuid) AND f.dedupe_key > $2
         AND EXISTS (SELECT 1 FROM observation o WHERE o.scan_id = $1::uuid AND o.finding_id = f.id)
       ORDER BY f.dedupe_key LIMIT $3::int FOR NO KEY UPDATE)
     SELECT seen.id AS "findingId", seen.dedupe_key AS "dedupeKey",
            (SELECT count(DISTINCT o.module_run_id)::int FROM observation o WHERE o.finding_id = seen.id) AS sightings,
            (SELECT coalesce(jsonb_agg(DISTINCT jsonb_build_object('kind', e.kind, 'controlHeld', e.control_held)), '[]')
             FROM observation o JOIN evidence e ON e.id = ANY (o.evidence_ids)
             WHERE o.scan_id = $1::uuid AND o.finding_id = seen.id) AS evidence
     FROM seen ORDER BY seen.dedupe_key`,
    [scanId, afterKey, limit],
  );
}

export interface FindingConfidence {
  findingId: string;
  confidence: Confidence;
  score: number;
  factors: ConfidenceFactors;
}

/** Writes what changed. */
export async function writeConfidences(sql: Sql, findings: readonly FindingConfidence[]): Promise<void> {
  await sql.query(
    `UPDATE finding f SET confidence = v.confidence, confidence_score = v.score, confidence_factors = v.factors,
            updated_at = now()
     FROM jsonb_to_recordset($1::jsonb) AS v("findingId" uuid, confidence confidence, score smallint, factors jsonb)
     WHERE f.id = v."findingId" AND (f.confidence_score, f.confidence_factors) IS DISTINCT FROM (v.score, v.factors)`,
    [jsonParameter(findings)],
  );
}

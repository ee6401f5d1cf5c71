import {
  type Confidence,
  type ConfidenceFactors,
  confidenceFactors,
  confidenceOf,
  uuidv7,
} from "@picket/core";
import type { KeyedFinding } from "../identity/target-identity.ts";
import { jsonParameter } from "../json-parameter.ts";
import type { Sql } from "../sql.ts";
import { type EvidenceByHash, evidenceIds } from "./evidence-store.ts";
import { firstWording } from "./first-wording.ts";
import type { ResultWriter } from "./store-results.ts";

/** Evidence that a finding itself lists; each observation lists its own in full. */
const MAX_FINDING_EVIDENCE = 100;

/** A finding that the batch sights. */
export interface SightedFinding {
  id: string;
  /** Before this batch, which opens it again. */
  isFixed: boolean;
}

/** Stores findings and that this run's plugin reports them. By dedupe key. */
export async function storeFindings(
  sql: Sql,
  writer: ResultWriter,
  sightings: readonly KeyedFinding[],
  evidence: EvidenceByHash,
): Promise<Map<string, SightedFinding>> {
  const own = mergedFindings(
    sightings.filter(({ isForeign }) => !isForeign),
    evidence,
  );
  const foreign = sightings.filter(({ isForeign }) => isForeign);
  const added = await upsertFindings(sql, writer, own);
  await touchFindings(sql, writer, mergedFindings(foreign, evidence));
  const findings = new Map(
    own.flatMap(({ id, dedupeKey }) => (added.has(id) ? [[dedupeKey, { id, isFixed: false }]] : [])),
  );
  const known = sightings.map(({ dedupeKey }) => dedupeKey).filter((key) => !findings.has(key));
  for (const { dedupeKey, ...finding } of await knownFindings(sql, writer, known))
    findings.set(dedupeKey, finding);
  await upsertAttributions(
    sql,
    writer,
    [...findings.values()].map(({ id }) => id),
  );
  return findings;
}

interface FindingRow extends Omit<KeyedFinding, "instance" | "evidenceHashes" | "rootCause"> {
  id: string;
  rootCauseLevel: KeyedFinding["rootCause"]["level"];
  rootCauseKey: string;
  evidenceIds: string[];
  confidence: Confidence;
  score: number;
  isVerified: boolean;
  factors: ConfidenceFactors;
}

/** The confidence of a finding that is new here; the end of the scan computes it anew from all that is stored. */
function initialConfidence(evidence: EvidenceByHash, hashes: readonly string[]) {
  const stored = [...new Set(hashes)].flatMap((hash) => evidence.get(hash) ?? []);
  const shown = stored.filter(({ kind }) => kind !== "negative_control");
  const proving = new Set(shown.map(({ fetchId }) => fetchId));
  const facts = stored.map((one) => ({ ...one, isProof: proving.has(one.fetchId) }));
  const answered = shown.filter(({ status }) => status !== null).map(({ fetchId }) => fetchId);
  const factors = confidenceFactors(facts, { requests: new Set(answered).size, detectors: 1 });
  return { factors, ...confidenceOf(factors) };
}

function mergedFindings(sightings: readonly KeyedFinding[], evidence: EvidenceByHash): FindingRow[] {
  const byKey = Map.groupBy(sightings, (sighting) => sighting.dedupeKey);
  return [...byKey.values()].map((same) => {
    const { instance, evidenceHashes, rootCause, ...worded } = same.reduce(firstWording);
    const hashes = same.flatMap((sighting) => sighting.evidenceHashes);
    return {
      id: uuidv7(),
      ...worded,
      rootCauseLevel: rootCause.level,
      rootCauseKey: rootCause.key,
      evidenceIds: evidenceIds(evidence, hashes).slice(0, MAX_FINDING_EVIDENCE),
      ...initialConfidence(evidence, hashes),
    };
  });
}

const WORDING = [
  "title",
  "description",
  "severity",
  "remediation",
  "references",
  "cwe_id",
  "cve_id",
  "source_module",
];

/** Whether the reported wording replaces the stored one: in a later scan always, in the same one as `firstWording`. */
const IS_REWORDED = `(f.last_seen_scan_id <> excluded.last_seen_scan_id
  OR (excluded.severity, excluded.title COLLATE "C") < (f.severity, f.title COLLATE "C"))`;

const SET_WORDING = WORDING.map(
  (column) => `"${column}" = CASE WHEN ${IS_REWORDED} THEN excluded."${column}" ELSE f."${column}" END`,
).join(", ");

/** Evidence of one scan adds up; that of an earlier one is replaced. */
const MERGED_EVIDENCE = `CASE WHEN f.last_seen_scan_id <> excluded.last_seen_scan_id THEN excluded.evidence_ids
  ELSE (f.evidence_ids || ARRAY(SELECT unnest(excluded.evidence_ids) EXCEPT SELECT unnest(f.evidence_ids)))
       [1:${MAX_FINDING_EVIDENCE}] END`;

/** A row that would stay as it is, is not written. Returns the ids of those that were not known. */
async function upsertFindings(
  sql: Sql,
  { targetId, scanId }: ResultWriter,
  findings: readonly FindingRow[],
): Promise<Set<string>> {
  if (findings.length === 0) return new Set();
  const written = await sql.query<{ id: string }>(
    `INSERT INTO finding AS f (id, target_id, dedupe_key, type, root_cause_level, root_cause_key, title, description,
       severity, confidence, confidence_score, confidence_factors, verified, remediation, "references", cwe_id, cve_id,
       evidence_ids, source_module, first_seen_scan_id, last_seen_scan_id)
     SELECT id, $1::uuid, "dedupeKey", type, "rootCauseLevel", "rootCauseKey", title, description, severity, confidence,
            score, factors, "isVerified", remediation, "references", cwe, cve, "evidenceIds", "sourceModule", $2::uuid, $2::uuid
     FROM jsonb_to_recordset($3::jsonb) AS r(
       id uuid, "dedupeKey" text, type text, "rootCauseLevel" root_cause_level, "rootCauseKey" text, title text,
       description text, severity severity, confidence confidence, score smallint, factors jsonb, "isVerified" boolean, remediation text,
       "references" jsonb, cwe int, cve text, "evidenceIds" uuid[], "sourceModule" text)
     ORDER BY "dedupeKey"
     ON CONFLICT (target_id, dedupe_key) DO UPDATE SET ${SET_WORDING},
       evidence_ids = ${MERGED_EVIDENCE},
       last_seen_scan_id = excluded.last_seen_scan_id,
       last_seen_at = CASE WHEN f.last_seen_scan_id <> excluded.last_seen_scan_id THEN now() ELSE f.last_seen_at END,
       updated_at = now()
     WHERE ${IS_REWORDED}
       OR (cardinality(f.evidence_ids) < ${MAX_FINDING_EVIDENCE} AND NOT excluded.evidence_ids <@ f.evidence_ids)
     RETURNING id`,
    [targetId, scanId, jsonParameter(findings)],
    "once",
  );
  // A known one keeps its id, which is none of these.
  return new Set(written.map(({ id }) => id));
}

/** Findings that something was merged into: it may worsen them, but the words stay their own. */
async function touchFindings(
  sql: Sql,
  { targetId, scanId }: ResultWriter,
  findings: readonly FindingRow[],
): Promise<void> {
  if (findings.length === 0) return;
  await sql.query(
    `UPDATE finding f SET severity = least(f.severity, excluded.severity), evidence_ids = ${MERGED_EVIDENCE},
       last_seen_scan_id = $2::uuid, last_seen_at = now(), updated_at = now()
     FROM (SELECT severity, "evidenceIds" AS evidence_ids, "dedupeKey" AS dedupe_key, $2::uuid AS last_seen_scan_id
           FROM jsonb_to_recordset($3::jsonb) AS r("dedupeKey" text, severity severity, "evidenceIds" uuid[])) excluded
     WHERE f.target_id = $1::uuid AND f.dedupe_key = excluded.dedupe_key`,
    [targetId, scanId, jsonParameter(findings)],
  );
}

async function knownFindings(
  sql: Sql,
  { targetId }: ResultWriter,
  dedupeKeys: readonly string[],
): Promise<(SightedFinding & { dedupeKey: string })[]> {
  if (dedupeKeys.length === 0) return [];
  return sql.query(
    `SELECT id, dedupe_key AS "dedupeKey", status = 'fixed' AS "isFixed" FROM finding
     WHERE target_id = $1::uuid AND dedupe_key = ANY ($2::text[])`,
    [targetId, [...new Set(dedupeKeys)]],
  );
}

/** That this run's plugin reports these findings. */
async function upsertAttributions(
  sql: Sql,
  { scanId, moduleRunId }: ResultWriter,
  findingIds: readonly string[],
): Promise<void> {
  await sql.query(
    `INSERT INTO attribution AS a (finding_id, plugin, version, first_seen_scan_id, last_seen_scan_id)
     SELECT finding_id, plugin, version, $1::uuid, $1::uuid
     FROM unnest($3::uuid[]) AS finding_id, module_run r
     WHERE r.id = $2::uuid ORDER BY finding_id
     ON CONFLICT (finding_id, plugin) DO UPDATE
       SET version = excluded.version, last_seen_scan_id = $1::uuid, last_seen_at = now()
     WHERE a.last_seen_scan_id <> $1::uuid`,
    [scanId, moduleRunId, findingIds],
    "once",
  );
}

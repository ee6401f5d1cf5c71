import {
  type Confidence,
  type ConfidenceFactors,
  confidenceFactors,
  confidenceOf,
  Severity,
  uuidv7,
} from "@picket/core";
import type { KeyedFinding } from "../identity/target-identity.ts";
import { jsonParameter } from "../json-parameter.ts";
import type { Sql } from "../sql.ts";
import { type EvidenceByHash, evidenceIds, latestShown } from "./evidence-store.ts";
import type { ResultWriter } from "./store-results.ts";

/** Evidence that a finding itself lists; each observation lists its own in full. */
const MAX_FINDING_EVIDENCE = 100;

/** Findings, the places where they show, and that this run saw them there. */
export async function storeFindings(
  sql: Sql,
  writer: ResultWriter,
  sightings: readonly KeyedFinding[],
  evidence: EvidenceByHash,
): Promise<void> {
  if (sightings.length === 0) return;
  const own = sightings.filter(({ isForeign }) => !isForeign);
  const foreign = sightings.filter(({ isForeign }) => isForeign);
  await upsertFindings(sql, writer, mergedFindings(own, evidence));
  await touchFindings(sql, writer, mergedFindings(foreign, evidence));
  const findingIds = await findingIdsOf(sql, writer, sightings);
  await upsertAttributions(sql, writer, [...findingIds.values()]);
  const places = mergedPlaces(sightings, evidence, findingIds);
  const instanceIds = await upsertInstances(sql, writer, places);
  await reopen(sql, places, instanceIds);
  await insertObservations(sql, writer, places, instanceIds);
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

/** Of several wordings of one finding the worst severity counts, then the title that sorts first: so order does not. */
function firstWording(a: KeyedFinding, b: KeyedFinding): KeyedFinding {
  const rank = ({ severity }: KeyedFinding) => Severity.options.indexOf(severity);
  const isFirst = rank(a) - rank(b) || (a.title < b.title ? -1 : 1);
  return isFirst <= 0 ? a : b;
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

/** A row that would stay as it is, is not written. */
async function upsertFindings(
  sql: Sql,
  { targetId, scanId }: ResultWriter,
  findings: readonly FindingRow[],
): Promise<void> {
  if (findings.length === 0) return;
  await sql.query(
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
       OR (cardinality(f.evidence_ids) < ${MAX_FINDING_EVIDENCE} AND NOT excluded.evidence_ids <@ f.evidence_ids)`,
    [targetId, scanId, jsonParameter(findings)],
  );
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

/** Ids by dedupe key. */
async function findingIdsOf(
  sql: Sql,
  { targetId }: ResultWriter,
  sightings: readonly KeyedFinding[],
): Promise<Map<string, string>> {
  const rows = await sql.query<{ id: string; dedupeKey: string }>(
    `SELECT id, dedupe_key AS "dedupeKey" FROM finding WHERE target_id = $1::uuid AND dedupe_key = ANY ($2::text[])`,
    [targetId, sightings.map(({ dedupeKey }) => dedupeKey)],
  );
  return new Map(rows.map(({ id, dedupeKey }) => [dedupeKey, id]));
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
  );
}

interface PlaceRow {
  findingId: string;
  instanceKey: string;
  locationKey: string;
  sourceKey: string | null;
  method: string;
  url: string;
  route: string;
  parameterName: string | null;
  parameterIn: string | null;
  severity: Severity;
  title: string;
  evidenceIds: string[];
  /** When the latest exchange that shows it began; null: now. */
  shownAt: Date | null;
}

/** One of each finding and place. */
function mergedPlaces(
  sightings: readonly KeyedFinding[],
  evidence: EvidenceByHash,
  findingIds: ReadonlyMap<string, string>,
): PlaceRow[] {
  const byPlace = Map.groupBy(sightings, ({ dedupeKey, instance }) => `${dedupeKey} ${instance.key}`);
  return [...byPlace.values()].map((same) => {
    const { dedupeKey, sourceKey, instance, severity, title } = same.reduce(firstWording);
    const hashes = same.flatMap(({ evidenceHashes }) => evidenceHashes);
    return {
      findingId: findingIds.get(dedupeKey) ?? "",
      instanceKey: instance.key,
      locationKey: instance.locationKey,
      sourceKey,
      method: instance.method,
      url: instance.url,
      route: instance.route,
      parameterName: instance.parameter?.name ?? null,
      parameterIn: instance.parameter?.in ?? null,
      severity,
      title,
      evidenceIds: evidenceIds(evidence, hashes),
      shownAt: latestShown(evidence, hashes),
    };
  });
}

function placeKey(findingId: string, instanceKey: string): string {
  return `${findingId} ${instanceKey}`;
}

/** Ids by finding and instance key. */
async function upsertInstances(
  sql: Sql,
  { scanId, moduleRunId }: ResultWriter,
  places: readonly PlaceRow[],
): Promise<Map<string, string>> {
  const rows = places.map((place) => ({ id: uuidv7(), ...place }));
  await sql.query(
    `INSERT INTO instance AS i (id, finding_id, instance_key, location_key, source_key, method, url, route, parameter_name,
                                parameter_in, first_seen_scan_id, last_seen_scan_id, seen_by)
     SELECT r.id, "findingId", "instanceKey", "locationKey", "sourceKey", method, url, route, "parameterName", "parameterIn",
            $1::uuid, $1::uuid, ARRAY[run.plugin]
     FROM module_run run, jsonb_to_recordset($2::jsonb) AS r(
       id uuid, "findingId" uuid, "instanceKey" text, "locationKey" text, "sourceKey" text, method text, url text, route text,
       "parameterName" text, "parameterIn" text)
     WHERE run.id = $3::uuid
     ORDER BY "findingId", "instanceKey"
     ON CONFLICT (finding_id, instance_key) DO UPDATE
       SET last_seen_scan_id = $1::uuid, last_seen_at = now(),
           seen_by = CASE WHEN excluded.seen_by <@ i.seen_by THEN i.seen_by ELSE i.seen_by || excluded.seen_by END
     WHERE i.last_seen_scan_id <> $1::uuid OR NOT excluded.seen_by <@ i.seen_by`,
    [scanId, jsonParameter(rows), moduleRunId],
  );
  const stored = await sql.query<{ id: string; findingId: string; instanceKey: string }>(
    `SELECT i.id, i.finding_id AS "findingId", i.instance_key AS "instanceKey"
     FROM jsonb_to_recordset($1::jsonb) AS r("findingId" uuid, "instanceKey" char(64))
     JOIN instance i ON i.finding_id = r."findingId" AND i.instance_key = r."instanceKey"`,
    [jsonParameter(places.map(({ findingId, instanceKey }) => ({ findingId, instanceKey })))],
  );
  return new Map(stored.map(({ id, findingId, instanceKey }) => [placeKey(findingId, instanceKey), id]));
}

/**
 * What was fixed and shows again is open, the finding by any of its places that is. What was fetched before the look
 * that found a place fixed opens nothing: the later look is right.
 */
async function reopen(
  sql: Sql,
  places: readonly PlaceRow[],
  instanceIds: ReadonlyMap<string, string>,
): Promise<void> {
  const shown = places.map(({ findingId, instanceKey, shownAt }) => ({
    id: instanceIds.get(placeKey(findingId, instanceKey)),
    shownAt,
  }));
  await sql.query(
    `WITH shown AS (SELECT * FROM jsonb_to_recordset($1::jsonb) AS r(id uuid, "shownAt" timestamptz)),
     reopened AS (
       UPDATE instance i SET fixed_at = NULL, absent_at = NULL FROM shown
       WHERE i.id = shown.id AND i.fixed_at IS NOT NULL AND NOT coalesce(shown."shownAt" < i.absent_at, false)
       RETURNING i.finding_id)
     UPDATE finding f SET status = 'open', fixed_at = NULL, updated_at = now()
     WHERE f.status = 'fixed' AND f.id IN (
       SELECT finding_id FROM reopened
       UNION SELECT i.finding_id FROM shown JOIN instance i ON i.id = shown.id WHERE i.fixed_at IS NULL)`,
    [jsonParameter(shown)],
  );
}

async function insertObservations(
  sql: Sql,
  { scanId, moduleRunId }: ResultWriter,
  places: readonly PlaceRow[],
  instanceIds: ReadonlyMap<string, string>,
): Promise<void> {
  const rows = places.map(({ findingId, instanceKey, severity, title, evidenceIds: proofs }) => ({
    id: uuidv7(),
    findingId,
    instanceId: instanceIds.get(placeKey(findingId, instanceKey)),
    severity,
    title,
    evidenceIds: proofs,
  }));
  await sql.query(
    `INSERT INTO observation (id, finding_id, instance_id, scan_id, module_run_id, severity, title, evidence_ids)
     SELECT id, "findingId", "instanceId", $1::uuid, $2::uuid, severity, title, "evidenceIds"
     FROM jsonb_to_recordset($3::jsonb) AS r(
       id uuid, "findingId" uuid, "instanceId" uuid, severity severity, title text, "evidenceIds" uuid[])
     ORDER BY "findingId", "instanceId"
     ON CONFLICT (module_run_id, instance_id) DO NOTHING`,
    [scanId, moduleRunId, jsonParameter(rows)],
  );
}

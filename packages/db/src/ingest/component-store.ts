import { AppError, uuidv7 } from "@picket/core";
import { jsonParameter } from "../json-parameter.ts";
import type { Sql } from "../sql.ts";
import { type EvidenceByHash, evidenceIds } from "./evidence-store.ts";
import type { NewComponent, NewCveCandidate } from "./result-batch.ts";
import type { ResultWriter } from "./store-results.ts";

/** A component seen again in the same scan keeps its best confidence and all its evidence; in a later one, the later. */
export async function storeComponents(
  sql: Sql,
  { targetId, scanId }: ResultWriter,
  components: readonly NewComponent[],
  evidence: EvidenceByHash,
): Promise<void> {
  if (components.length === 0) return;
  const rows = mergedComponents(components).map(({ evidenceHashes, ...component }) => ({
    id: uuidv7(),
    ...component,
    evidenceIds: evidenceIds(evidence, evidenceHashes),
  }));
  await sql.query(
    `INSERT INTO tech_component AS c (id, target_id, name, version, cpe, confidence, evidence_ids, first_seen_scan_id,
                                      last_seen_scan_id)
     SELECT id, $1::uuid, name, version, cpe, confidence, "evidenceIds", $2::uuid, $2::uuid
     FROM jsonb_to_recordset($3::jsonb) AS reported(
       id uuid, name text, version text, cpe text, confidence smallint, "evidenceIds" uuid[])
     ORDER BY name, version
     ON CONFLICT (target_id, name, version) DO UPDATE SET
       cpe = coalesce(excluded.cpe, c.cpe),
       confidence = CASE WHEN c.last_seen_scan_id = $2::uuid THEN greatest(c.confidence, excluded.confidence)
                         ELSE excluded.confidence END,
       evidence_ids = CASE WHEN c.last_seen_scan_id = $2::uuid
                           THEN ARRAY(SELECT DISTINCT unnest(c.evidence_ids || excluded.evidence_ids) ORDER BY 1)
                           ELSE excluded.evidence_ids END,
       last_seen_scan_id = $2::uuid, last_seen_at = now()`,
    [targetId, scanId, jsonParameter(rows)],
  );
}

/** One of each name and version: a statement cannot write a row twice. */
function mergedComponents(components: readonly NewComponent[]): NewComponent[] {
  const byName = Map.groupBy(components, ({ name, version }) => JSON.stringify([name, version]));
  return [...byName.values()].flatMap((same) =>
    same.slice(0, 1).map((first) => ({
      ...first,
      cpe: same.find(({ cpe }) => cpe !== null)?.cpe ?? null,
      confidence: Math.max(...same.map(({ confidence }) => confidence)),
      evidenceHashes: same.flatMap(({ evidenceHashes }) => evidenceHashes),
    })),
  );
}

/** Throws PROTOCOL_VIOLATION when a candidate names a component that the target is not known to have. */
export async function storeCveCandidates(
  sql: Sql,
  { targetId }: ResultWriter,
  candidates: readonly NewCveCandidate[],
): Promise<void> {
  if (candidates.length === 0) return;
  const rows = candidates.map(({ component, ...candidate }) => ({
    id: uuidv7(),
    ...component,
    ...candidate,
  }));
  const unknown = await sql.query<{ cveId: string; name: string }>(
    `SELECT "cveId", name FROM jsonb_to_recordset($2::jsonb) AS r(name text, version text, "cveId" text)
     WHERE NOT EXISTS (SELECT 1 FROM tech_component c WHERE c.target_id = $1::uuid AND c.name = r.name
                       AND c.version IS NOT DISTINCT FROM r.version)`,
    [targetId, jsonParameter(rows)],
  );
  if (unknown[0])
    throw new AppError(
      "PROTOCOL_VIOLATION",
      `${unknown[0].cveId} names the component ${unknown[0].name} in a version that was not reported`,
    );
  await sql.query(
    `INSERT INTO cve_candidate (id, target_id, linked_component_id, cpe, cve_id, source, confidence)
     SELECT DISTINCT ON (c.id, r."cveId", r.source) r.id, $1::uuid, c.id, r.cpe, r."cveId", r.source, r.confidence
     FROM jsonb_to_recordset($2::jsonb) AS r(
       id uuid, name text, version text, cpe text, "cveId" text, source text, confidence smallint)
     JOIN tech_component c ON c.target_id = $1::uuid AND c.name = r.name AND c.version IS NOT DISTINCT FROM r.version
     ORDER BY c.id, r."cveId", r.source, r.confidence DESC
     ON CONFLICT (linked_component_id, cve_id, source) DO UPDATE SET
       confidence = excluded.confidence, cpe = coalesce(excluded.cpe, cve_candidate.cpe), last_seen_at = now()`,
    [targetId, jsonParameter(rows)],
  );
}

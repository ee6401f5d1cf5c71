import { AppError, type EvidenceFact, uuidv7 } from "@picket/core";
import { jsonParameter } from "../json-parameter.ts";
import type { Attempt } from "../scans/fence.ts";
import type { Sql } from "../sql.ts";
import type { NewEvidence } from "./result-batch.ts";
import type { ResultWriter } from "./store-results.ts";

export interface StoredEvidence extends Omit<EvidenceFact, "isProof"> {
  id: string;
  fetchId: string | null;
  /** When the exchange began, by the clock of the worker that made it; null without one of Picket's own. */
  askedAt: Date | null;
}

export type EvidenceByHash = ReadonlyMap<string, StoredEvidence>;

type HashedEvidence = StoredEvidence & { hash: string };

/**
 * Stores evidence and returns what is `used` of it and of what the run stored before. Throws INTERNAL when one of these
 * hashes is not stored: its batch must come before.
 */
export async function storeEvidence(
  sql: Sql,
  writer: ResultWriter,
  evidence: readonly NewEvidence[],
  used: readonly string[],
): Promise<EvidenceByHash> {
  const added = await insertEvidence(sql, writer, evidence);
  const stored = new Map(added.map(({ hash, ...facts }) => [hash, facts]));
  const known = [...new Set(used)].filter((hash) => !stored.has(hash));
  const rows = await knownEvidence(sql, writer, known);
  if (rows.length < known.length)
    throw new AppError(
      "INTERNAL",
      `evidence of module run ${writer.moduleRunId} is named before it is stored`,
    );
  for (const { hash, ...facts } of rows) stored.set(hash, facts);
  return stored;
}

/** Of evidence `e` and its exchange `x`. */
const FACTS = `e.id, e.hash, e.kind, e.control_held AS "controlHeld", e.fetch_id AS "fetchId",
  CASE x.origin WHEN 'broker' THEN x.status END AS status,
  CASE x.origin WHEN 'broker' THEN x.started_at END AS "askedAt",
  substring(e.details ->> 'versionQuality' FROM '^(?:exact|partial|banner)$') AS version`;

/** Returns what was not known. */
async function insertEvidence(
  sql: Sql,
  { scanId, moduleRunId }: ResultWriter,
  evidence: readonly NewEvidence[],
): Promise<HashedEvidence[]> {
  if (evidence.length === 0) return [];
  const rows = evidence.map((proof) => ({ id: uuidv7(), ...proof }));
  return sql.query(
    `WITH added AS (
       INSERT INTO evidence (id, scan_id, module_run_id, fetch_id, kind, snippet, location, hash, control_held, details,
                             redaction_version)
       SELECT id, $1::uuid, $2::uuid, "fetchId", kind, snippet, location, hash, "controlHeld", details,
              "redactionVersion"
       FROM jsonb_to_recordset($3::jsonb) AS reported(
         id uuid, "fetchId" uuid, kind evidence_kind, snippet text, location jsonb, hash text, "controlHeld" boolean,
         details jsonb, "redactionVersion" int)
       ORDER BY hash
       ON CONFLICT (module_run_id, hash) DO NOTHING
       RETURNING id, hash, kind, control_held, fetch_id, details)
     SELECT ${FACTS} FROM added e LEFT JOIN "fetch" x ON x.id = e.fetch_id`,
    [scanId, moduleRunId, jsonParameter(rows)],
  );
}

async function knownEvidence(
  sql: Sql,
  { moduleRunId }: Attempt,
  hashes: readonly string[],
): Promise<HashedEvidence[]> {
  if (hashes.length === 0) return [];
  return sql.query(
    `SELECT ${FACTS} FROM evidence e LEFT JOIN "fetch" x ON x.id = e.fetch_id
     WHERE e.module_run_id = $1::uuid AND e.hash = ANY ($2::bpchar[])`,
    [moduleRunId, hashes],
  );
}

/** When the latest exchange that shows it began; null when one of the proofs names none. */
export function latestShown(evidence: EvidenceByHash, hashes: readonly string[]): Date | null {
  const shown = hashes
    .flatMap((hash) => evidence.get(hash) ?? [])
    .filter(({ kind }) => kind !== "negative_control");
  const times = shown.map(({ askedAt }) => askedAt?.getTime() ?? Number.POSITIVE_INFINITY);
  const latest = Math.max(...times);
  return Number.isFinite(latest) ? new Date(latest) : null;
}

/** Ids of the evidence with these hashes, without repetition. */
export function evidenceIds(evidence: EvidenceByHash, hashes: readonly string[]): string[] {
  return [...new Set(hashes)].flatMap((hash) => evidence.get(hash)?.id ?? []);
}

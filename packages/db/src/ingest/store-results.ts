import type { Database } from "../database.ts";
import { type KeyedFinding, keyedFinding, readIdentity } from "../identity/target-identity.ts";
import { type Attempt, assertCurrentAttempt } from "../scans/fence.ts";
import type { Sql } from "../sql.ts";
import { storeComponents, storeCveCandidates } from "./component-store.ts";
import { storeEndpoints } from "./endpoint-store.ts";
import { type EvidenceByHash, storeEvidence } from "./evidence-store.ts";
import { insertFetches } from "./fetch-store.ts";
import { storeFindings } from "./finding-store.ts";
import { storePlaces } from "./place-store.ts";
import type { NewFetch, ResultBatch } from "./result-batch.ts";

/** A module run as the writer of results. */
export interface ResultWriter extends Attempt {
  scanId: string;
  targetId: string;
  /** Id of the only finding that may be written; evidence and exchanges are kept all the same. Absent: any. */
  onlyFinding?: string | null;
}

/**
 * Stores a batch in one transaction. Storing it again, or in another order, changes nothing but the times of last
 * sight. Throws STALE_ATTEMPT when the run was taken over: then nothing is stored.
 */
export async function storeResults(
  database: Database,
  writer: ResultWriter,
  batch: ResultBatch,
): Promise<void> {
  await database.transaction(async (sql) => {
    await assertCurrentAttempt(sql, writer);
    const identity = await readIdentity(sql, writer.targetId);
    const keyed = { ...batch, findings: batch.findings.map((finding) => keyedFinding(identity, finding)) };
    const { endpoints, fetches, findings, components, cveCandidates } = await confined(sql, writer, keyed);
    await storeEndpoints(sql, writer, endpoints, identity);
    await insertFetches(sql, writer, fetches);
    const used = [...findings, ...components].flatMap(({ evidenceHashes }) => evidenceHashes);
    const evidence = await storeEvidence(sql, writer, batch.evidence, used);
    await storeSightings(sql, writer, findings, evidence);
    await storeComponents(sql, writer, components, evidence);
    await storeCveCandidates(sql, writer, cveCandidates);
  });
}

async function storeSightings(
  sql: Sql,
  writer: ResultWriter,
  sightings: readonly KeyedFinding[],
  evidence: EvidenceByHash,
): Promise<void> {
  if (sightings.length === 0) return;
  const findings = await storeFindings(sql, writer, sightings, evidence);
  await storePlaces(sql, writer, sightings, { evidence, findings });
}

type KeyedBatch = Omit<ResultBatch, "findings"> & { findings: readonly KeyedFinding[] };

/** Without what a writer that is confined to one finding may not touch. */
async function confined(sql: Sql, { onlyFinding }: ResultWriter, batch: KeyedBatch): Promise<KeyedBatch> {
  if (!onlyFinding) return batch;
  const [only] = await sql.query<{ key: string }>(
    "SELECT dedupe_key AS key FROM finding WHERE id = $1::uuid",
    [onlyFinding],
  );
  const findings = batch.findings.filter(({ dedupeKey }) => dedupeKey === only?.key);
  return { ...batch, findings, endpoints: [], components: [], cveCandidates: [] };
}

/** Stores exchanges on their own, as soon as they are over. Throws STALE_ATTEMPT. */
export async function storeFetches(
  database: Database,
  writer: ResultWriter,
  fetches: readonly NewFetch[],
): Promise<void> {
  await database.transaction(async (sql) => {
    await assertCurrentAttempt(sql, writer);
    await insertFetches(sql, writer, fetches);
  });
}

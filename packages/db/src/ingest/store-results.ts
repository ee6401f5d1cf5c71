import type { Database } from "../database.ts";
import { type Attempt, assertCurrentAttempt } from "../scans/fence.ts";
import { storeComponents, storeCveCandidates } from "./component-store.ts";
import { storeEndpoints } from "./endpoint-store.ts";
import { evidenceByHash, storeEvidence } from "./evidence-store.ts";
import { insertFetches } from "./fetch-store.ts";
import { storeFindings } from "./finding-store.ts";
import type { NewFetch, ResultBatch } from "./result-batch.ts";

/** A module run as the writer of results. */
export interface ResultWriter extends Attempt {
  scanId: string;
  targetId: string;
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
    await storeEndpoints(sql, writer, batch.endpoints);
    await insertFetches(sql, writer, batch.fetches);
    await storeEvidence(sql, writer, batch.evidence);
    const used = [...batch.findings, ...batch.components].flatMap(({ evidenceHashes }) => evidenceHashes);
    const evidence = await evidenceByHash(sql, writer, used);
    await storeFindings(sql, writer, batch.findings, evidence);
    await storeComponents(sql, writer, batch.components, evidence);
    await storeCveCandidates(sql, writer, batch.cveCandidates);
  });
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

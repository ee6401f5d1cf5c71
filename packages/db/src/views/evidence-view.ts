import type { EvidenceResource } from "@picket/core";
import { mergedIdsSql } from "../identity/made-of-sql.ts";
import type { Sql } from "../sql.ts";
import { oldestFirst, type Page, type PageRequest, readPage } from "./list.ts";

const SELECT = `
  SELECT e.id, e.scan_id AS "scanId", e.module_run_id AS "moduleRunId", m.plugin, e.fetch_id AS "fetchId", e.kind,
         e.snippet, e.location, e.hash, e.control_held AS "controlHeld", e.details,
         e.redaction_version AS "redactionVersion", e.created_at AS "createdAt"
  FROM evidence e JOIN module_run m ON m.id = e.module_run_id`;

/** Oldest first. */
export function listScanEvidence(
  sql: Sql,
  scanId: string,
  page: PageRequest,
): Promise<Page<EvidenceResource>> {
  const where = [["e.scan_id = ?::uuid", scanId]] as const;
  return readPage<EvidenceResource>(sql, { select: SELECT, where, ...oldestFirst("e.id") }, page);
}

/** All evidence that any observation of the finding, or of one that is part of it, names; oldest first. */
export function listFindingEvidence(
  sql: Sql,
  findingId: string,
  page: PageRequest,
): Promise<Page<EvidenceResource>> {
  const named = `
    SELECT unnest(o.evidence_ids) FROM observation o WHERE o.finding_id IN (${mergedIdsSql("?::uuid")})`;
  const where = [[`e.id IN (${named})`, findingId]] as const;
  return readPage<EvidenceResource>(sql, { select: SELECT, where, ...oldestFirst("e.id") }, page);
}

/** These pieces of evidence, oldest first; what is not there is left out. */
export function readEvidence(sql: Sql, ids: readonly string[]): Promise<EvidenceResource[]> {
  return sql.query<EvidenceResource>(`${SELECT} WHERE e.id = ANY($1::uuid[]) ORDER BY e.id`, [ids]);
}

export async function findEvidence(sql: Sql, id: string): Promise<EvidenceResource | null> {
  const [row] = await readEvidence(sql, [id]);
  return row ?? null;
}

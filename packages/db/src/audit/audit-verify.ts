import { createHash } from "node:crypto";
import { AUDIT_GENESIS, type AuditChainLink, auditChainText } from "@picket/core";
import type { Sql } from "../sql.ts";

export interface AuditVerification {
  /** Events whose hash and link were computed again. */
  checked: number;
  /** Whether the end was reached, and not just `limit`. */
  isComplete: boolean;
  /** Hash of the last event that was checked. */
  head: string;
  /**
   * `<seq>:<hash>` of that event, null before the first. To be kept elsewhere: it proves later that nothing up to it was
   * rewritten or cut off.
   */
  checkpoint: string | null;
  /** The first event that does not fit, or null. */
  broken: { seq: string; problem: string } | null;
}

export interface AuditRange {
  /** A checkpoint, which must still fit; what came after it is checked. Default: the whole chain. */
  from?: string | undefined;
  /** Most events to check. Default: all. */
  limit?: number | undefined;
}

const PAGE = 10_000;

interface StoredLink extends AuditChainLink {
  hash: string;
}

const SELECT_PAGE = `
  SELECT seq::text, (extract(epoch FROM at) * 1000000)::bigint::text AS "atMicros", actor, action::text,
         coalesce(scan_id::text, '') AS "scanId", params::text AS "paramsText",
         previous_hash AS "previousHash", hash
  FROM audit_event WHERE seq > $1::bigint ORDER BY audit_event.seq LIMIT $2::int`;

function problemOf(link: StoredLink, expectedSeq: bigint, expectedPrevious: string): string | null {
  if (BigInt(link.seq) !== expectedSeq) return `event ${expectedSeq} is missing`;
  if (link.previousHash !== expectedPrevious) return "its link does not match the event before it";
  const hash = createHash("sha256").update(auditChainText(link), "utf8").digest("hex");
  return hash === link.hash ? null : "its content does not match its hash";
}

/** Null, or why the event that a checkpoint names is not the one that it was. */
async function checkpointProblem(sql: Sql, seq: bigint, hash: string): Promise<string | null> {
  const [link] = await sql.query<StoredLink>(SELECT_PAGE, [String(seq - 1n), 1]);
  if (link?.seq !== String(seq)) return `event ${seq} is missing`;
  return link.hash === hash ? problemOf(link, seq, link.previousHash) : "it is not the one of the checkpoint";
}

/**
 * Walks the chain, computing every hash here and not in the database. Stops at the first event that is wrong. What came
 * before a checkpoint is vouched for by its hash.
 */
export async function verifyAudit(
  sql: Sql,
  { from, limit = Number.POSITIVE_INFINITY }: AuditRange = {},
): Promise<AuditVerification> {
  const [start = "0", known = AUDIT_GENESIS] = from?.split(":") ?? [];
  let [seq, head, checked] = [BigInt(start), known, 0];
  const result = (isComplete: boolean, broken: AuditVerification["broken"] = null) => ({
    checked,
    isComplete,
    head,
    checkpoint: seq === 0n ? null : `${seq}:${head}`,
    broken,
  });
  const problem = seq === 0n ? null : await checkpointProblem(sql, seq, head);
  if (problem) return result(false, { seq: String(seq), problem });
  while (checked < limit) {
    const most = Math.min(PAGE, limit - checked);
    const page = await sql.query<StoredLink>(SELECT_PAGE, [String(seq), most]);
    for (const link of page) {
      const problem = problemOf(link, seq + 1n, head);
      if (problem) return result(false, { seq: link.seq, problem });
      [seq, head, checked] = [seq + 1n, link.hash, checked + 1];
    }
    if (page.length < most) return result(true);
  }
  return result(false);
}

import { createHash } from "node:crypto";
import { AUDIT_GENESIS, type AuditChainLink, auditChainText } from "@picket/core";
import type { Sql } from "../sql.ts";

export interface AuditVerification {
  /** Events whose hash and link were computed again. */
  checked: number;
  /** Hash of the newest event, to be kept elsewhere: it proves later that nothing was cut off the end. */
  head: string;
  /** The first event that does not fit, or null. */
  broken: { seq: string; problem: string } | null;
}

const PAGE = 10_000;

interface StoredLink extends AuditChainLink {
  hash: string;
}

const SELECT_PAGE = `
  SELECT seq::text, (extract(epoch FROM at) * 1000000)::bigint::text AS "atMicros", actor, action::text,
         coalesce(scan_id::text, '') AS "scanId", params::text AS "paramsText",
         previous_hash AS "previousHash", hash
  FROM audit_event WHERE seq > $1::bigint ORDER BY audit_event.seq LIMIT ${PAGE}`;

function problemOf(link: StoredLink, expectedSeq: bigint, expectedPrevious: string): string | null {
  if (BigInt(link.seq) !== expectedSeq) return `event ${expectedSeq} is missing`;
  if (link.previousHash !== expectedPrevious) return "its link does not match the event before it";
  const hash = createHash("sha256").update(auditChainText(link), "utf8").digest("hex");
  return hash === link.hash ? null : "its content does not match its hash";
}

/** Walks the whole chain, computing every hash here and not in the database. Stops at the first event that is wrong. */
export async function verifyAudit(sql: Sql): Promise<AuditVerification> {
  let checked = 0;
  let head = AUDIT_GENESIS;
  while (true) {
    const page = await sql.query<StoredLink>(SELECT_PAGE, [String(checked)]);
    for (const link of page) {
      const problem = problemOf(link, BigInt(checked + 1), head);
      if (problem) return { checked, head, broken: { seq: link.seq, problem } };
      checked++;
      head = link.hash;
    }
    if (page.length < PAGE) return { checked, head, broken: null };
  }
}

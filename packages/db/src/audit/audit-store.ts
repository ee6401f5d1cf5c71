import type { AuditAction } from "@picket/core";
import type { Sql } from "../sql.ts";

export interface NewAuditEvent {
  /** Who: `token:<prefix>`, `worker:<id>` or `cli`. */
  actor: string;
  action: AuditAction;
  scanId?: string;
  /** Facts of the event; never a secret. */
  params: Record<string, unknown>;
}

/**
 * Appends an event in the caller's transaction. Writers queue on the chain's lock until they commit, so this belongs
 * last in a transaction.
 */
export async function appendAudit(sql: Sql, event: NewAuditEvent): Promise<void> {
  await sql.query(
    `INSERT INTO audit_event (actor, action, scan_id, params)
     VALUES ($1::text, $2::text::audit_action, $3::text::uuid, $4::text::jsonb)`,
    [event.actor, event.action, event.scanId ?? null, JSON.stringify(event.params)],
  );
}

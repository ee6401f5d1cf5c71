import type { ScansToCancel } from "@picket/core";
import { appendAudit } from "../audit/audit-store.ts";
import type { Sql } from "../sql.ts";
import { endRecheck } from "./recheck-conclusion.ts";

/**
 * Takes back every recheck that waits for its time, of the target, of the project's targets, or all there are, with
 * `recheck.cancelled`. Waits for one that is just being started: it does not wait any more. Returns their ids.
 */
export async function cancelWaitingRechecks(
  sql: Sql,
  { targetId, projectId }: Pick<ScansToCancel, "targetId" | "projectId">,
  actor: string,
): Promise<string[]> {
  const waiting = await sql.query<{ id: string }>(
    `SELECT r.id FROM recheck r JOIN finding f ON f.id = r.finding_id JOIN target t ON t.id = f.target_id
     WHERE r.finished_at IS NULL AND r.scan_id IS NULL
       AND ($1::uuid IS NULL OR t.id = $1) AND ($2::uuid IS NULL OR t.project_id = $2)
     ORDER BY r.id FOR NO KEY UPDATE OF r`,
    [targetId ?? null, projectId ?? null],
  );
  for (const { id } of waiting) {
    await endRecheck(sql, id, { verdict: "inconclusive", reason: "cancelled" });
    await appendAudit(sql, { actor, action: "recheck.cancelled", params: { recheckId: id } });
  }
  return waiting.map(({ id }) => id);
}

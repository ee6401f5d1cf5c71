import type { ScansToCancel } from "@picket/core";
import { appendAudit } from "../audit/audit-store.ts";
import type { Sql } from "../sql.ts";

/**
 * Pauses every schedule of the target, of the project's targets, or all there are. Waits for one that is just starting
 * a scan. Returns the ids of those that were not paused before.
 */
export async function pauseSchedules(
  sql: Sql,
  { targetId, projectId }: Pick<ScansToCancel, "targetId" | "projectId">,
): Promise<string[]> {
  const schedules = await sql.query<{ id: string }>(
    `SELECT s.id FROM schedule s JOIN target t ON t.id = s.target_id
     WHERE s.enabled AND s.removed_at IS NULL
       AND ($1::uuid IS NULL OR t.id = $1) AND ($2::uuid IS NULL OR t.project_id = $2)
     ORDER BY s.id FOR NO KEY UPDATE OF s`,
    [targetId ?? null, projectId ?? null],
  );
  const ids = schedules.map(({ id }) => id);
  await sql.query(
    "UPDATE schedule SET enabled = false, next_due_at = NULL, updated_at = now() WHERE id = ANY($1::uuid[])",
    [ids],
  );
  return ids;
}

/** The same event as of a schedule that somebody pauses by itself. */
export async function auditPause(sql: Sql, scheduleId: string, actor: string): Promise<void> {
  await appendAudit(sql, {
    actor,
    action: "schedule.updated",
    params: { scheduleId, change: { enabled: false } },
  });
}

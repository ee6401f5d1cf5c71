import { AppError, type CancelledScans, isTerminal, type ScanStatus, type ScansToCancel } from "@picket/core";
import { appendAudit } from "../audit/audit-store.ts";
import type { Database } from "../database.ts";
import { cancelWaitingRechecks } from "../rechecks/cancel-waiting-rechecks.ts";
import { auditPause, pauseSchedules } from "../schedules/pause-schedules.ts";
import type { Sql } from "../sql.ts";

/**
 * Asks for a scan's end; wake the scan up afterwards. Doing it again changes nothing. Returns the status so far: the
 * workers make it `cancelled` within about a second. Throws NOT_FOUND, and CONFLICT when the scan ended otherwise.
 */
export async function requestScanCancel(
  database: Database,
  { scanId, actor }: { scanId: string; actor: string },
): Promise<{ status: ScanStatus }> {
  return database.transaction(async (sql) => {
    const [scan] = await sql.query<{ status: ScanStatus; isRequested: boolean }>(
      `SELECT status, cancel_requested_at IS NOT NULL AS "isRequested" FROM scan WHERE id = $1::uuid FOR NO KEY UPDATE`,
      [scanId],
    );
    if (!scan) throw new AppError("NOT_FOUND", `there is no scan ${scanId}`);
    const { status, isRequested } = scan;
    if (isTerminal(status) && status !== "cancelled") {
      throw new AppError("CONFLICT", `the scan has already ended: ${status}`, { details: { status } });
    }
    if (isRequested) return { status };
    await markCancelled(sql, [scanId], actor);
    await appendAudit(sql, { actor, action: "scan.cancelled", scanId, params: { status } });
    return { status };
  });
}

/**
 * The kill switch: asks for the end of every open scan that matches, pauses the schedules that would start the next, and
 * takes back rechecks that wait for their time. `stopNow` is given the scans' ids, to end their requests, before anything
 * is waited for; a scan that is started at the same moment because it is due comes in a second call. Doing it again
 * changes nothing but the audit log. Wake the scans up afterwards.
 * Throws NOT_FOUND for a target or a project that is not there.
 */
export async function cancelScans(
  database: Database,
  { which, actor }: { which: ScansToCancel; actor: string },
  stopNow: (scanIds: string[]) => Promise<void>,
): Promise<CancelledScans> {
  return database.transaction(async (sql) => {
    await assertThere(sql, which);
    const atOnce = new Set((await openScans(sql, which)).map(({ id }) => id));
    await stopNow([...atOnce]);
    // Before scans, as where what is due starts: none of it can start a scan after the scans were looked up.
    const pausedScheduleIds = which.pauseSchedules ? await pauseSchedules(sql, which) : [];
    const cancelledRecheckIds = which.pauseSchedules ? await cancelWaitingRechecks(sql, which, actor) : [];
    const scans = await openScans(sql, which, "FOR NO KEY UPDATE OF s");
    const scanIds = scans.map(({ id }) => id);
    await stopNow(scanIds.filter((id) => !atOnce.has(id)));
    const isNew = scans.filter((scan) => scan.isNew);
    await markCancelled(
      sql,
      isNew.map(({ id }) => id),
      actor,
    );
    for (const { id, status } of isNew)
      await appendAudit(sql, { actor, action: "scan.cancelled", scanId: id, params: { status } });
    for (const scheduleId of pausedScheduleIds) await auditPause(sql, scheduleId, actor);
    const cancelled = { scanIds, pausedScheduleIds, cancelledRecheckIds };
    await appendAudit(sql, { actor, action: "scans.cancelled", params: { ...which, ...cancelled } });
    return cancelled;
  });
}

interface OpenScan {
  id: string;
  status: ScanStatus;
  isNew: boolean;
}

async function openScans(
  sql: Sql,
  { targetId, projectId }: ScansToCancel,
  lock: "FOR NO KEY UPDATE OF s" | "" = "",
): Promise<OpenScan[]> {
  return sql.query<OpenScan>(
    `SELECT s.id, s.status, s.cancel_requested_at IS NULL AS "isNew" FROM scan s JOIN target t ON t.id = s.target_id
     WHERE s.finished_at IS NULL AND ($1::uuid IS NULL OR t.id = $1) AND ($2::uuid IS NULL OR t.project_id = $2)
     ORDER BY s.id ${lock}`,
    [targetId ?? null, projectId ?? null],
  );
}

async function markCancelled(sql: Sql, scanIds: readonly string[], actor: string): Promise<void> {
  await sql.query(
    "UPDATE scan SET cancel_requested_at = now(), cancel_requested_by = $2 WHERE id = ANY($1::uuid[])",
    [scanIds, actor],
  );
}

async function assertThere(sql: Sql, { targetId, projectId }: ScansToCancel): Promise<void> {
  const [there] = await sql.query<{ target: boolean; project: boolean }>(
    `SELECT EXISTS (SELECT 1 FROM target WHERE id = $1::uuid) AS target,
            EXISTS (SELECT 1 FROM project WHERE id = $2::uuid) AS project`,
    [targetId ?? null, projectId ?? null],
  );
  if (targetId !== undefined && !there?.target)
    throw new AppError("NOT_FOUND", `there is no target ${targetId}`);
  if (projectId !== undefined && !there?.project)
    throw new AppError("NOT_FOUND", `there is no project ${projectId}`);
}

import { AppError, isTerminal, type ScanStatus, type ScansToCancel } from "@picket/core";
import { appendAudit } from "../audit/audit-store.ts";
import type { Database } from "../database.ts";
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
 * The kill switch: asks for the end of every open scan that matches. `stopNow` is given their ids, to end their requests,
 * before anything is waited for; those of scans whose end is just being judged come in a second call. Doing it again
 * changes nothing but the audit log. Returns the ids; wake the scans up afterwards. Throws NOT_FOUND for a target or a
 * project that is not there.
 */
export async function cancelScans(
  database: Database,
  { which, actor }: { which: ScansToCancel; actor: string },
  stopNow: (scanIds: string[]) => Promise<void>,
): Promise<{ scanIds: string[] }> {
  return database.transaction(async (sql) => {
    await assertThere(sql, which);
    const atOnce = await markOpenScans(sql, { which, actor, waiting: "SKIP LOCKED" });
    await stopNow(atOnce.map(({ id }) => id));
    const all = await markOpenScans(sql, { which, actor, waiting: "" });
    const scanIds = all.map(({ id }) => id);
    const reached = new Set(atOnce.map(({ id }) => id));
    await stopNow(scanIds.filter((id) => !reached.has(id)));
    for (const { id, status, isNew } of [...atOnce, ...all]) {
      if (isNew) await appendAudit(sql, { actor, action: "scan.cancelled", scanId: id, params: { status } });
    }
    await appendAudit(sql, { actor, action: "scans.cancelled", params: { ...which, scanIds } });
    return { scanIds };
  });
}

interface OpenScan {
  id: string;
  status: ScanStatus;
  isNew: boolean;
}

async function markOpenScans(
  sql: Sql,
  { which, actor, waiting }: { which: ScansToCancel; actor: string; waiting: "SKIP LOCKED" | "" },
): Promise<OpenScan[]> {
  const scans = await sql.query<OpenScan>(
    `SELECT s.id, s.status, s.cancel_requested_at IS NULL AS "isNew" FROM scan s JOIN target t ON t.id = s.target_id
     WHERE s.finished_at IS NULL AND ($1::uuid IS NULL OR t.id = $1) AND ($2::uuid IS NULL OR t.project_id = $2)
     ORDER BY s.id FOR NO KEY UPDATE OF s ${waiting}`,
    [which.targetId ?? null, which.projectId ?? null],
  );
  await markCancelled(
    sql,
    scans.flatMap(({ id, isNew }) => (isNew ? [id] : [])),
    actor,
  );
  return scans;
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

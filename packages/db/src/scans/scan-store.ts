import {
  type ExitReason,
  type HealthCode,
  type HealthSignal,
  type IsolationLevel,
  type ModuleRunStatus,
  type ScanMode,
  type ScanStatus,
  type Stage,
  uuidv7,
} from "@picket/core";
import { chooseBaseline } from "../changes/baseline-store.ts";
import { textParameter } from "../json-parameter.ts";
import type { Sql } from "../sql.ts";
import { auditRun, ENDED, type EndedRun, type RunCounters } from "./module-run-store.ts";

export interface LockedScan {
  id: string;
  targetId: string;
  mode: ScanMode;
  status: ScanStatus;
  /** Stage whose runs may start; null until the first one may. */
  openStage: Stage | null;
  hasStarted: boolean;
  isCancelled: boolean;
  stoppedBy: HealthCode | null;
  isPastDeadline: boolean;
}

/**
 * The scan, locked until the transaction ends. Null when it has ended, is not there, or, with `skipLocked`, is locked by
 * another. The lock does not stop writers of the scan's results, whose foreign keys look at its row.
 */
export async function lockOpenScan(
  sql: Sql,
  scanId: string,
  { skipLocked = false }: { skipLocked?: boolean } = {},
): Promise<LockedScan | null> {
  const [scan] = await sql.query<LockedScan>(
    `SELECT id, target_id AS "targetId", mode, status, open_stage AS "openStage", started_at IS NOT NULL AS "hasStarted",
            cancel_requested_at IS NOT NULL AS "isCancelled", stopped_by AS "stoppedBy", deadline <= now() AS "isPastDeadline"
     FROM scan WHERE id = $1::uuid AND finished_at IS NULL
     FOR NO KEY UPDATE ${skipLocked ? "SKIP LOCKED" : ""}`,
    [scanId],
  );
  return scan ?? null;
}

export interface RunState {
  id: string;
  plugin: string;
  stage: Stage;
  status: ModuleRunStatus;
  attempt: number;
  exitReason: ExitReason | null;
  reason: string | null;
  isolationLevel: IsolationLevel | null;
  counters: RunCounters;
}

export async function runsOfScan(sql: Sql, scanId: string): Promise<RunState[]> {
  return sql.query<RunState>(
    `SELECT id, plugin, stage, status, attempt, exit_reason AS "exitReason", reason, isolation_level AS "isolationLevel", counters
     FROM module_run WHERE scan_id = $1::uuid ORDER BY stage, plugin`,
    [scanId],
  );
}

/** Whether the scan has more than so many runs, and one of its open stage has not ended. As fast however many there are. */
export async function isAmidManyRuns(sql: Sql, scanId: string, moreThan: number): Promise<boolean> {
  const [found] = await sql.query<{ isAmid: boolean }>(
    `SELECT EXISTS (SELECT 1 FROM module_run WHERE scan_id = $1::uuid OFFSET $2) AND EXISTS (
       SELECT 1 FROM module_run r JOIN scan s ON s.id = r.scan_id AND s.open_stage = r.stage
       WHERE r.scan_id = $1::uuid AND r.finished_at IS NULL) AS "isAmid"`,
    [scanId, moreThan],
  );
  return found?.isAmid === true;
}

/**
 * The scan runs from its first call on, and has its baseline; later ones keep its isolation level up to date. Runs of the
 * stage may start.
 */
export async function keepScanRunning(
  sql: Sql,
  scanId: string,
  { stage, level }: { stage: Stage; level: IsolationLevel | null },
): Promise<void> {
  const changed = await sql.query<{ isFirst: boolean }>(
    `UPDATE scan SET status = 'running', started_at = coalesce(started_at, now()),
            isolation_level = $2::isolation_level, open_stage = $3::stage
     WHERE id = $1::uuid AND (status = 'queued' OR isolation_level IS DISTINCT FROM $2::isolation_level
                              OR open_stage IS DISTINCT FROM $3::stage)
     RETURNING started_at = now() AS "isFirst"`,
    [scanId, level, stage],
  );
  if (changed[0]?.isFirst) await chooseBaseline(sql, scanId);
}

/** Ends what has not started, with audit events. A run that no worker had the code for says so. */
export async function endQueuedRuns(
  sql: Sql,
  { scanId, status, actor }: { scanId: string; status: "cancelled" | "timed_out"; actor: string },
): Promise<void> {
  const runs = await sql.query<EndedRun>(
    `UPDATE module_run r
     SET status = $2::module_run_status, admitted_at = NULL, finished_at = now(),
         reason = CASE
           WHEN $2 = 'cancelled' THEN 'the scan was cancelled'
           WHEN NOT EXISTS (SELECT 1 FROM plugin_release p WHERE p.name = r.plugin AND p.code_digest = r.code_digest
                            AND p.last_seen_at > now() - interval '2 minutes')
           THEN 'no worker offered ' || plugin || ' ' || version || ' with code ' || left(code_digest, 12)
                || ' before the scan''s deadline'
           ELSE 'the scan''s deadline came first' END
     WHERE scan_id = $1::uuid AND status = 'queued' RETURNING ${ENDED}`,
    [scanId, status],
  );
  for (const run of runs) await auditRun(sql, run, actor);
}

/** Ends a scan before its time: what has not started is skipped, what runs learns of it with its lease. */
export async function stopScan(
  sql: Sql,
  { scanId, signal, actor }: { scanId: string; signal: HealthSignal; actor: string },
): Promise<void> {
  await sql.query("UPDATE scan SET stopped_by = $2 WHERE id = $1::uuid AND stopped_by IS NULL", [
    scanId,
    signal.code,
  ]);
  const runs = await sql.query<EndedRun>(
    `UPDATE module_run r SET status = 'skipped', admitted_at = NULL, finished_at = now(), reason = $2
     WHERE scan_id = $1::uuid AND status = 'queued' RETURNING ${ENDED}`,
    [scanId, textParameter(`${signal.code} stopped the scan: ${signal.detail}`)],
  );
  for (const run of runs) await auditRun(sql, run, actor);
}

/** Ends the scan and tells the outbox. A cancelled scan may never have begun. */
export async function endScan(
  sql: Sql,
  { scanId, status, health, level, authenticated = false }: ScanEnd,
): Promise<void> {
  await sql.query(
    `UPDATE scan SET status = $2::scan_status, health = $3::jsonb, isolation_level = $4::isolation_level,
            started_at = CASE WHEN $2 = 'cancelled' THEN started_at ELSE coalesce(started_at, now()) END,
            authenticated = CASE WHEN auth_profile_id IS NOT NULL THEN $5::boolean END, finished_at = now()
     WHERE id = $1::uuid`,
    [scanId, status, JSON.stringify(health), level, authenticated],
  );
  await sql.query(
    `INSERT INTO outbox_event (id, type, payload)
     SELECT $2::uuid, 'scan.completed',
            jsonb_build_object('scanId', id, 'targetId', target_id, 'status', status, 'finishedAt', finished_at)
     FROM scan WHERE id = $1::uuid`,
    [scanId, uuidv7()],
  );
}

export interface ScanEnd {
  scanId: string;
  status: ScanStatus;
  health: readonly HealthSignal[];
  level: IsolationLevel | null;
  /** Of a scan with an auth profile: its session was proven at the start and at the end. Default false. */
  authenticated?: boolean;
}

/**
 * Scans that `advanceScan` can do something for: not begun, to be ended, or with runs of the current stage in the
 * queue, whose job may be lost. Oldest first, at most 100.
 */
export async function scansToAdvance(sql: Sql): Promise<string[]> {
  const scans = await sql.query<{ id: string }>(
    `SELECT s.id FROM scan s
     WHERE s.status IN ('queued', 'running') AND (
       s.status = 'queued'
       OR NOT EXISTS (SELECT 1 FROM module_run r WHERE r.scan_id = s.id AND r.finished_at IS NULL)
       OR EXISTS (SELECT 1 FROM module_run r WHERE r.scan_id = s.id AND r.status = 'queued'
                  AND (s.cancel_requested_at IS NOT NULL OR s.deadline <= now()))
       OR s.open_stage IS DISTINCT FROM (
            SELECT min(o.stage) FROM module_run o WHERE o.scan_id = s.id AND o.finished_at IS NULL))
     ORDER BY s.id LIMIT 100`,
  );
  return scans.map(({ id }) => id);
}

import {
  AppError,
  type Blackout,
  decideDueTime,
  ERROR_POLICIES,
  type ProfileName,
  type ScheduleKind,
  type ScheduleOutcome,
  type ScheduleOverlap,
} from "@picket/core";
import type { Database } from "../database.ts";
import { jsonParameter } from "../json-parameter.ts";
import { requestRecheck } from "../rechecks/recheck-store.ts";
import type { ScanSettings } from "../scans/module-config.ts";
import { planScan } from "../scans/plan-scan.ts";
import { requestScanCancel } from "../scans/request-scan-cancel.ts";
import type { Sql } from "../sql.ts";
import { within } from "../within.ts";
import { type CronTimes, parseCron } from "./cron.ts";

/** Due times that one transaction settles at most: of a schedule by the second, a quarter of an hour. */
const MAX_SETTLED = 1_000;

/** Schedules with a due time that nothing became of yet, the longest due first, at most 100. */
export async function dueSchedules(sql: Sql): Promise<string[]> {
  const due = await sql.query<{ id: string }>(
    "SELECT id FROM schedule WHERE next_due_at <= now() ORDER BY next_due_at, id LIMIT 100",
  );
  return due.map(({ id }) => id);
}

interface DueSchedule {
  id: string;
  kind: ScheduleKind;
  targetId: string;
  findingId: string | null;
  profile: ProfileName | null;
  settings: ScanSettings;
  authProfileId: string | null;
  cron: string;
  timeZone: string;
  overlap: ScheduleOverlap;
  blackouts: Blackout[];
  nextDueAt: Date;
  now: Date;
}

/**
 * Settles a schedule's due times: of those that have come, the latest starts a scan unless something forbids it, and
 * each gets its row. All of it and the next due time become true together, and the row's lock lets one process do it:
 * safe to call by any number of them. Returns the scans to wake up, started or cancelled; none when there is nothing to
 * do or another process does it.
 */
export async function runSchedule(database: Database, id: string, engineVersion: string): Promise<string[]> {
  return database.transaction(async (sql) => {
    const schedule = await lockDue(sql, id);
    if (!schedule) return [];
    const { overdue, next, isMore } = dueTimes(schedule, parseCron(schedule.cron, schedule.timeZone));
    const running = await runningScans(sql, id);
    const runs = overdue.map((dueAt, index): Run => {
      const isLatest = !isMore && index === overdue.length - 1;
      const outcome = decideDueTime({ ...schedule, dueAt, isLatest, isRunning: running.length > 0 });
      return { dueAt, outcome, scanId: null, reason: null };
    });
    const latest = runs.at(-1);
    const replaced = schedule.overlap === "replace" ? running : [];
    const woken =
      latest?.outcome === "started"
        ? await start(database, sql, { schedule, run: latest, replaced, engineVersion })
        : [];
    await insertRuns(sql, id, runs);
    await sql.query(
      "UPDATE schedule SET next_due_at = $2::timestamptz, enabled = $2::timestamptz IS NOT NULL WHERE id = $1::uuid",
      [id, next],
    );
    return woken;
  });
}

async function lockDue(sql: Sql, id: string): Promise<DueSchedule | null> {
  const [schedule] = await sql.query<DueSchedule>(
    `SELECT id, kind, target_id AS "targetId", finding_id AS "findingId", profile, settings,
            auth_profile_id AS "authProfileId", cron,
            time_zone AS "timeZone", overlap, blackouts, next_due_at AS "nextDueAt", clock_timestamp() AS now
     FROM schedule WHERE id = $1::uuid AND next_due_at <= now() FOR NO KEY UPDATE SKIP LOCKED`,
    [id],
  );
  return schedule ?? null;
}

/** Those that have come, from the first that nothing became of yet, and the one after them. */
function dueTimes(
  { nextDueAt, now }: DueSchedule,
  cron: CronTimes,
): { overdue: Date[]; next: Date | null; isMore: boolean } {
  const overdue: Date[] = [];
  let next: Date | null = nextDueAt;
  while (next && next <= now && overdue.length < MAX_SETTLED) {
    overdue.push(next);
    next = cron.after(next, 1)[0] ?? null;
  }
  return { overdue, next, isMore: next !== null && next <= now };
}

/** Scans of this schedule that have not ended, locked. */
async function runningScans(sql: Sql, scheduleId: string): Promise<string[]> {
  const scans = await sql.query<{ id: string }>(
    `SELECT s.id FROM scan s JOIN schedule_run r ON r.scan_id = s.id
     WHERE r.schedule_id = $1::uuid AND s.finished_at IS NULL ORDER BY s.id FOR NO KEY UPDATE OF s`,
    [scheduleId],
  );
  return scans.map(({ id }) => id);
}

interface Run {
  dueAt: Date;
  outcome: ScheduleOutcome;
  scanId: string | null;
  reason: string | null;
}

/** Writes into `run` what came of it: what a person would have been told makes it `failed`. */
async function start(
  database: Database,
  sql: Sql,
  { schedule, run, replaced, engineVersion }: Start,
): Promise<string[]> {
  const actor = `schedule:${schedule.id}`;
  try {
    run.scanId = await plan(within(database, sql), schedule, { requestedBy: actor, engineVersion });
  } catch (thrown) {
    if (!(thrown instanceof AppError) || ERROR_POLICIES[thrown.code].blame !== "user") throw thrown;
    run.outcome = "failed";
    run.reason = thrown.message;
    return [];
  }
  if (run.scanId === null) {
    run.outcome = "skipped_overlap";
    return [];
  }
  for (const scanId of replaced) await requestScanCancel(within(database, sql), { scanId, actor });
  return [...replaced, run.scanId];
}

interface Start {
  schedule: DueSchedule;
  run: Run;
  replaced: readonly string[];
  engineVersion: string;
}

/** The planned scan; null when a recheck of the finding is under way already, whoever asked for it. */
async function plan(
  database: Database,
  { kind, targetId, findingId, profile, settings, authProfileId }: DueSchedule,
  by: { requestedBy: string; engineVersion: string },
): Promise<string | null> {
  if (kind === "scan" && profile !== null) {
    const scan = { targetId, profile, settings, authProfileId: authProfileId ?? undefined };
    return (await planScan(database, { ...scan, mode: "scheduled", ...by })).scanId;
  }
  const { scanId, isNew } = await requestRecheck(database, { findingId: findingId ?? "", ...by });
  return isNew ? scanId : null;
}

async function insertRuns(sql: Sql, scheduleId: string, runs: readonly Run[]): Promise<void> {
  await sql.query(
    `INSERT INTO schedule_run (schedule_id, due_at, outcome, scan_id, reason)
     SELECT $1::uuid, "dueAt", outcome, "scanId", reason
     FROM jsonb_to_recordset($2::jsonb)
       AS r("dueAt" timestamptz, outcome schedule_outcome, "scanId" uuid, reason text)`,
    [scheduleId, jsonParameter(runs)],
  );
}

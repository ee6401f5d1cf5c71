import {
  AppError,
  type Blackout,
  type NewSchedule,
  type ScheduleChange,
  type ScheduleOverlap,
  uuidv7,
} from "@picket/core";
import { appendAudit } from "../audit/audit-store.ts";
import { databaseNow } from "../database-now.ts";
import { jsonParameter } from "../json-parameter.ts";
import type { Sql } from "../sql.ts";
import { parseCron } from "./cron.ts";

/** Returns the new schedule's id. Throws INVALID_INPUT: `details.issues` names the field. */
export async function createSchedule(sql: Sql, schedule: NewSchedule, actor: string): Promise<string> {
  const { kind, cron, timeZone, overlap, blackouts } = schedule;
  const nextDueAt = await nextDueTime(sql, cron, timeZone);
  const targetId =
    kind === "scan"
      ? await liveTarget(sql, schedule.targetId)
      : await targetOfFinding(sql, schedule.findingId);
  const authProfileId = kind === "scan" ? (schedule.authProfileId ?? null) : null;
  if (authProfileId !== null) await assertAuthProfile(sql, authProfileId, targetId);
  const id = uuidv7();
  await sql.query(
    `INSERT INTO schedule (id, target_id, kind, finding_id, profile, settings, cron, time_zone, overlap, blackouts,
                           next_due_at, created_by, auth_profile_id)
     VALUES ($1::uuid, $2::uuid, $3::schedule_kind, $4::uuid, $5, $6::jsonb, $7, $8, $9::schedule_overlap, $10::jsonb,
             $11::timestamptz, $12, $13::uuid)`,
    [
      id,
      targetId,
      kind,
      kind === "recheck" ? schedule.findingId : null,
      kind === "scan" ? schedule.profile : null,
      jsonParameter(kind === "scan" ? schedule.settings : {}),
      cron,
      timeZone,
      overlap,
      jsonParameter(blackouts),
      nextDueAt,
      actor,
      authProfileId,
    ],
  );
  await appendAudit(sql, { actor, action: "schedule.created", params: { scheduleId: id, schedule } });
  return id;
}

/**
 * Times that pass while a schedule is not enabled, or that an earlier expression would have had, are not caught up on:
 * a change counts from now. Throws NOT_FOUND and INVALID_INPUT.
 */
export async function updateSchedule(
  sql: Sql,
  id: string,
  { change, actor }: { change: ScheduleChange; actor: string },
): Promise<void> {
  const before = await lockSchedule(sql, id);
  const after = {
    cron: change.cron ?? before.cron,
    timeZone: change.timeZone ?? before.timeZone,
    overlap: change.overlap ?? before.overlap,
    blackouts: change.blackouts ?? before.blackouts,
    enabled: change.enabled ?? before.enabled,
  };
  const isMoved = (["cron", "timeZone", "enabled"] as const).some((field) => after[field] !== before[field]);
  const nextDueAt = isMoved ? await nextDueTime(sql, after.cron, after.timeZone) : before.nextDueAt;
  await sql.query(
    `UPDATE schedule SET cron = $2, time_zone = $3, overlap = $4::schedule_overlap, blackouts = $5::jsonb, enabled = $6,
            next_due_at = CASE WHEN $6 THEN $7::timestamptz END, updated_at = now()
     WHERE id = $1::uuid`,
    [id, after.cron, after.timeZone, after.overlap, jsonParameter(after.blackouts), after.enabled, nextDueAt],
  );
  await appendAudit(sql, { actor, action: "schedule.updated", params: { scheduleId: id, change } });
}

/** What it started goes on, and what became of its due times stays. Throws NOT_FOUND. */
export async function removeSchedule(sql: Sql, id: string, actor: string): Promise<void> {
  await lockSchedule(sql, id);
  await sql.query(
    "UPDATE schedule SET enabled = false, next_due_at = NULL, removed_at = now() WHERE id = $1::uuid",
    [id],
  );
  await appendAudit(sql, { actor, action: "schedule.removed", params: { scheduleId: id } });
}

interface StoredSchedule {
  cron: string;
  timeZone: string;
  overlap: ScheduleOverlap;
  blackouts: Blackout[];
  enabled: boolean;
  nextDueAt: Date | null;
}

async function lockSchedule(sql: Sql, id: string): Promise<StoredSchedule> {
  const [schedule] = await sql.query<StoredSchedule>(
    `SELECT cron, time_zone AS "timeZone", overlap, blackouts, enabled, next_due_at AS "nextDueAt" FROM schedule
     WHERE id = $1::uuid AND removed_at IS NULL FOR NO KEY UPDATE`,
    [id],
  );
  if (!schedule) throw new AppError("NOT_FOUND", `there is no schedule ${id}`);
  return schedule;
}

async function nextDueTime(sql: Sql, cron: string, timeZone: string): Promise<Date | null> {
  return parseCron(cron, timeZone).after(await databaseNow(sql), 1)[0] ?? null;
}

async function liveTarget(sql: Sql, id: string): Promise<string> {
  const found = await sql.query(
    "SELECT 1 FROM target WHERE id = $1::uuid AND deleted_at IS NULL FOR KEY SHARE",
    [id],
  );
  if (found.length === 0) throw invalid("targetId", `there is no target ${id}`);
  return id;
}

async function assertAuthProfile(sql: Sql, id: string, targetId: string): Promise<void> {
  const found = await sql.query(
    "SELECT 1 FROM auth_profile WHERE id = $1::uuid AND target_id = $2::uuid AND deleted_at IS NULL FOR KEY SHARE",
    [id, targetId],
  );
  if (found.length === 0) throw invalid("authProfileId", "must be an auth profile of the target");
}

async function targetOfFinding(sql: Sql, id: string): Promise<string> {
  const [finding] = await sql.query<{ targetId: string }>(
    `SELECT target_id AS "targetId" FROM finding WHERE id = $1::uuid AND status <> 'soft_deleted' FOR KEY SHARE`,
    [id],
  );
  if (!finding) throw invalid("findingId", `there is no finding ${id}`);
  return finding.targetId;
}

function invalid(path: string, message: string): AppError {
  return new AppError("INVALID_INPUT", `${path}: ${message}`, { details: { issues: [{ path, message }] } });
}

import type { ScheduleDetail, ScheduleFilter, ScheduleResource, ScheduleRunResource } from "@picket/core";
import { parseCron } from "../schedules/cron.ts";
import type { Sql } from "../sql.ts";
import { newestFirst, type Page, type PageRequest, readPage } from "./list.ts";

const SELECT = `
  SELECT id, target_id AS "targetId", kind, finding_id AS "findingId", profile, settings,
         auth_profile_id AS "authProfileId", cron,
         time_zone AS "timeZone", overlap, blackouts, enabled, next_due_at AS "nextDueAt", created_by AS "createdBy",
         created_at AS "createdAt", updated_at AS "updatedAt"
  FROM schedule`;

/** Due times that are shown ahead. */
const UPCOMING = 5;

/** Newest first, without those that were removed. */
export function listSchedules(
  sql: Sql,
  filter: ScheduleFilter,
  page: PageRequest,
): Promise<Page<ScheduleResource>> {
  const where = [["removed_at IS NULL"], ["target_id = ?::uuid", filter.target]] as const;
  return readPage<ScheduleResource>(sql, { select: SELECT, where, ...newestFirst("id") }, page);
}

export async function findSchedule(sql: Sql, id: string): Promise<ScheduleDetail | null> {
  const [row] = await sql.query<ScheduleResource>(`${SELECT} WHERE id = $1::uuid AND removed_at IS NULL`, [
    id,
  ]);
  if (!row) return null;
  const { cron, timeZone, nextDueAt } = row;
  const later = nextDueAt ? parseCron(cron, timeZone).after(nextDueAt, UPCOMING - 1) : [];
  return { ...row, upcoming: nextDueAt ? [nextDueAt, ...later] : [] };
}

/** What became of a schedule's due times, the latest first; also of one that was removed. */
export function listScheduleRuns(
  sql: Sql,
  scheduleId: string,
  page: PageRequest,
): Promise<Page<ScheduleRunResource>> {
  const select = `SELECT due_at AS "dueAt", outcome, scan_id AS "scanId", reason, recorded_at AS "recordedAt"
                  FROM schedule_run`;
  return readPage<ScheduleRunResource>(
    sql,
    {
      select,
      where: [["schedule_id = ?::uuid", scheduleId]],
      orderBy: "due_at DESC",
      after: ([dueAt]) => ["due_at < ?::timestamptz", dueAt],
      keyOf: ({ dueAt }) => [dueAt.toISOString()],
    },
    page,
  );
}

import { type Distress, type PaceEvent, type PaceFacts, uuidv7 } from "@picket/core";
import type { Sql } from "../sql.ts";

export interface NewPaceChange {
  targetId: string;
  event: PaceEvent;
  distress: Distress | null;
  rps: number;
  pauseMs: number;
}

export async function storePaceChange(sql: Sql, change: NewPaceChange): Promise<void> {
  const { targetId, event, distress, rps, pauseMs } = change;
  await sql.query(
    `INSERT INTO pace_change (id, target_id, event, distress, rps, pause_ms)
     VALUES ($1::uuid, $2::uuid, $3::pace_event, $4::distress, $5, $6)`,
    [uuidv7(), targetId, event, distress, rps, Math.round(pauseMs)],
  );
}

/** Of the changes of a scan's target, those while it ran. */
export const IN_SCAN_SQL = `p.target_id = s.target_id AND p.at >= s.started_at
  AND p.at <= coalesce(s.finished_at, now())`;

export async function paceFacts(sql: Sql, scanId: string): Promise<PaceFacts> {
  const events = await sql.query<{ event: PaceEvent; count: number; lowestRps: number; pausedMs: number }>(
    `SELECT p.event, count(*)::int AS count, min(p.rps) AS "lowestRps", sum(p.pause_ms)::float8 AS "pausedMs"
     FROM scan s JOIN pace_change p ON ${IN_SCAN_SQL} WHERE s.id = $1::uuid GROUP BY p.event`,
    [scanId],
  );
  return {
    lowestRps: events.length === 0 ? null : Math.min(...events.map(({ lowestRps }) => lowestRps)),
    events: Object.fromEntries(events.map(({ event, count }) => [event, count])),
    pausedMs: events.reduce((sum, { pausedMs }) => sum + pausedMs, 0),
  };
}

import { AppError } from "@picket/core";
import type { Sql } from "../sql.ts";
import type { Condition, PageKey } from "./list.ts";

/*
 * A walk through the findings in an order whose values change while scans write. Its cursor holds the snapshot of its
 * first page. What changed its place since is met where it was then: `finding_move` has the value from before each
 * change, by transaction, so what the snapshot did not see yet is known exactly. A finding that is in the list all the
 * while is met once.
 */

/** Columns of `finding` and `finding_move` that lists are sorted by, with their types. */
export const MOVING = {
  rank: "smallint",
  confidence_score: "smallint",
  last_seen_at: "timestamptz",
} as const;
export type MovingColumn = keyof typeof MOVING;

/** How long a walk may take. What moved before is forgotten then. */
const WALK_HOURS = 24;
/** Rows that one round forgets. */
const FORGET_BATCH = 50_000;

export const WALK_START = `pg_current_snapshot()::text AS snapshot, extract(epoch FROM now())::float8 AS "startedAt"`;

/** Where a page ends: the values there, and the start of its walk. */
export interface WalkPosition {
  value: string;
  id: string;
  snapshot: string;
  /** Seconds since 1970, by the database's clock. */
  startedAt: number;
}

export function keyOfPosition({ value, id, snapshot, startedAt }: WalkPosition): PageKey {
  return [value, id, snapshot, startedAt];
}

/** Throws INVALID_INPUT for a walk that began too long ago. */
export function positionOfKey([value, id, snapshot, startedAt]: PageKey): WalkPosition {
  const ageHours = (Date.now() / 1_000 - Number(startedAt)) / 3_600;
  if (ageHours > WALK_HOURS)
    throw new AppError(
      "INVALID_INPUT",
      `the cursor is of a walk that began ${Math.floor(ageHours)} hours ago`,
      {
        hint: `Begin again without a cursor; it lasts for ${WALK_HOURS} hours.`,
      },
    );
  return { value: String(value), id: String(id), snapshot: String(snapshot), startedAt: Number(startedAt) };
}

export function isBehind(column: string, type: string, { value, id }: WalkPosition): Condition {
  return [`(${column}, f.id) < (?::${type}, ?::uuid)`, value, id];
}

/** Finding `f` has been where it is since the walk began. */
export function hasNotMoved({ snapshot }: WalkPosition): Condition {
  return [
    `coalesce((SELECT false FROM finding_move m WHERE m.finding_id = f.id AND m.xid >= pg_snapshot_xmin(?::pg_snapshot)
       AND NOT pg_visible_in_snapshot(m.xid, ?::pg_snapshot) LIMIT 1), true)`,
    snapshot,
    snapshot,
  ];
}

/** Query: findings that moved since the walk began, and by `value` where they were. `snapshot`: its parameter. */
export function movedSince(column: MovingColumn, snapshot: string): string {
  return `SELECT DISTINCT ON (m.finding_id) m.finding_id, m.${column} AS value FROM finding_move m
    WHERE m.xid >= pg_snapshot_xmin(${snapshot}::pg_snapshot) AND NOT pg_visible_in_snapshot(m.xid, ${snapshot}::pg_snapshot)
    ORDER BY m.finding_id, m.seq`;
}

/** Forgets what moved before any walk that can still go on. Returns how many. */
export async function forgetMoves(sql: Sql): Promise<number> {
  const forgotten = await sql.query(
    `DELETE FROM finding_move WHERE moved_at < now() - interval '${WALK_HOURS + 1} hours'
       AND seq IN (SELECT seq FROM finding_move ORDER BY seq LIMIT ${FORGET_BATCH}) RETURNING 1 AS one`,
  );
  return forgotten.length;
}

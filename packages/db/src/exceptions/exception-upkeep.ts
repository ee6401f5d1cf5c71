import { REMINDER_DAYS, uuidv7 } from "@picket/core";
import { appendAudit } from "../audit/audit-store.ts";
import type { Database } from "../database.ts";
import type { Sql } from "../sql.ts";
import { IN_FORCE_SQL } from "./excepted-sql.ts";
import { STALE_SQL } from "./stale-sql.ts";

/** Exceptions that one round takes on, so that its transactions stay short. */
const BATCH = 100;

/** How many exceptions a round wrote something about. */
export interface ExceptionUpkeep {
  expired: number;
  reminded: number;
  stale: number;
}

/**
 * Writes down what the clock has decided already and tells the outbox: `exception.expired` (audited too),
 * `exception.reminder`, `exception.stale`, each once however many workers do this at the same time. What another has in
 * hand is passed over.
 */
export async function keepExceptions(database: Database, actor: string): Promise<ExceptionUpkeep> {
  return {
    expired: await database.transaction((sql) => expireExceptions(sql, actor)),
    reminded: await database.transaction(remindOfExceptions),
    stale: await database.transaction(reportStaleExceptions),
  };
}

/** What the outbox says of an exception. */
interface ToldException {
  id: string;
  targetId: string;
  findingKey: string;
  owner: string;
  expiresAt: Date;
}

const TOLD = `x.id, x.target_id AS "targetId", x.finding_key AS "findingKey", x.owner, x.expires_at AS "expiresAt"`;

async function expireExceptions(sql: Sql, actor: string): Promise<number> {
  const expired = await sql.query<ToldException & { before: "proposed" | "approved" }>(
    `UPDATE exception_record x SET status = 'expired'
     FROM (SELECT id, status FROM exception_record
           WHERE status IN ('proposed', 'approved') AND expires_at <= now()
           ORDER BY expires_at LIMIT ${BATCH} FOR NO KEY UPDATE SKIP LOCKED) due
     WHERE x.id = due.id RETURNING ${TOLD}, due.status AS before`,
  );
  for (const exception of expired) await tell(sql, "exception.expired", exception);
  for (const { id, targetId, findingKey, expiresAt, before } of expired)
    await appendAudit(sql, {
      actor,
      action: "exception.expired",
      params: {
        ...{ exceptionId: id, targetId, findingKey },
        before: { status: before === "approved" ? "active" : before, expiresAt },
        after: { status: "expired" },
      },
    });
  return expired.length;
}

/**
 * A reminder is due from so many days before the end, if that was after the decision; of several that are due, as after
 * a standstill, the nearest is sent and the others count as sent. What was extended already needs none.
 */
async function remindOfExceptions(sql: Sql): Promise<number> {
  const reminded = await sql.query<ToldException & { days: number }>(
    `UPDATE exception_record x SET reminded = due.reached
     FROM (SELECT x.id, reached.days AS reached
           FROM exception_record x, LATERAL (
             SELECT array_agg(day ORDER BY day DESC) AS days FROM unnest($1::int[]) day
             WHERE x.expires_at - make_interval(hours => day * 24) BETWEEN x.decided_at AND now()) reached
           WHERE ${IN_FORCE_SQL} AND x.expires_at <= now() + make_interval(hours => $2::int * 24)
             AND NOT reached.days <@ x.reminded
             AND NOT EXISTS (SELECT 1 FROM exception_record longer
                             WHERE longer.supersedes_id = x.id AND longer.status = 'approved')
           ORDER BY x.expires_at LIMIT ${BATCH} FOR NO KEY UPDATE OF x SKIP LOCKED) due
     WHERE x.id = due.id
     RETURNING ${TOLD}, due.reached[cardinality(due.reached)] AS days`,
    [[...REMINDER_DAYS], Math.max(...REMINDER_DAYS)],
  );
  for (const { days, ...exception } of reminded) await tell(sql, "exception.reminder", exception, { days });
  return reminded.length;
}

async function reportStaleExceptions(sql: Sql): Promise<number> {
  const stale = await sql.query<ToldException>(
    `UPDATE exception_record x SET stale_reported_at = now()
     FROM (SELECT x.id FROM exception_record x WHERE x.stale_reported_at IS NULL AND ${STALE_SQL}
           ORDER BY x.id LIMIT ${BATCH} FOR NO KEY UPDATE OF x SKIP LOCKED) due
     WHERE x.id = due.id RETURNING ${TOLD}`,
  );
  for (const exception of stale) await tell(sql, "exception.stale", exception);
  return stale.length;
}

async function tell(
  sql: Sql,
  type: "exception.expired" | "exception.reminder" | "exception.stale",
  { id, targetId, findingKey, owner, expiresAt }: ToldException,
  more: Record<string, unknown> = {},
): Promise<void> {
  const payload = { exceptionId: id, targetId, findingKey, owner, expiresAt, ...more };
  await sql.query("INSERT INTO outbox_event (id, type, payload) VALUES ($1::uuid, $2, $3::jsonb)", [
    uuidv7(),
    type,
    JSON.stringify(payload),
  ]);
}

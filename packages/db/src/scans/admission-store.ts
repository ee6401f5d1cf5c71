import { admit, type ScanMode, type SlotUse, type WaitingRun } from "@picket/core";
import type { Database } from "../database.ts";
import { RELEASE_HEARTBEAT_MS } from "../plugins/plugin-store.ts";
import type { Sql } from "../sql.ts";
import type { Attempt } from "./fence.ts";
import { REPLAY_DIGEST } from "./plan-scan.ts";

/** A worker that was not seen for so long has no slots: two heartbeats may be late, s. */
export const WORKER_SECONDS = (RELEASE_HEARTBEAT_MS * 2.5) / 1_000;
/** A run that has a slot but did not start for so long is offered again: its job may be lost, s. */
const OFFER_AGAIN_SECONDS = 15;
/** One admission at a time over the whole fleet. Held for a few milliseconds. */
const ADMISSION_LOCK = 0x61646d69;

/** SQL: a worker says that it has the code of run `r`, or said so within so many seconds. */
export const isOffered = (seconds: number) => `(r.code_digest = '${REPLAY_DIGEST}' OR EXISTS (
  SELECT 1 FROM plugin_release p WHERE p.name = r.plugin AND p.code_digest = r.code_digest
    AND p.last_seen_at > now() - make_interval(secs => ${seconds})))`;

/** Says that this worker is there and how many module runs it can run. Repeated, it only moves `seen_at` on. */
export async function registerWorker(sql: Sql, workerId: string, slots: number): Promise<void> {
  await sql.query(
    `INSERT INTO worker (id, slots) VALUES ($1, $2) ON CONFLICT (id) DO UPDATE SET slots = $2, seen_at = now()`,
    [workerId, slots],
  );
}

/** Its slots are gone at once. Those of a worker that died go by themselves. */
export async function unregisterWorker(sql: Sql, workerId: string): Promise<void> {
  await sql.query(
    `DELETE FROM worker WHERE id = $1 OR seen_at < now() - make_interval(secs => ${WORKER_SECONDS * 100})`,
    [workerId],
  );
}

/** A run to enqueue, with the attempt it starts with. */
export interface AdmittedRun extends Attempt {
  mode: ScanMode;
}

/**
 * Gives free slots of the fleet to waiting runs, by `admit` of core, and names what is to be enqueued: those, and the
 * ones whose job seems lost. A run gives its slot back by ending. Any number of workers may call it at any time.
 */
export async function admitRuns(database: Database): Promise<AdmittedRun[]> {
  return database.transaction(async (sql) => {
    await sql.query("SELECT pg_advisory_xact_lock($1)", [ADMISSION_LOCK]);
    const slots = await slotsOfFleet(sql);
    if (slots === 0) return [];
    const inHand = await runsInHand(sql);
    const admitted = admit({ slots, inHand }, await waitingRuns(sql, slots));
    return [...(await offerAgain(sql)), ...(await giveSlots(sql, admitted))];
  });
}

async function slotsOfFleet(sql: Sql): Promise<number> {
  const [row] = await sql.query<{ slots: number }>(
    `SELECT coalesce(sum(slots), 0)::int AS slots FROM worker
     WHERE seen_at > now() - make_interval(secs => ${WORKER_SECONDS})`,
  );
  return row?.slots ?? 0;
}

function runsInHand(sql: Sql): Promise<SlotUse[]> {
  return sql.query<SlotUse>(
    `SELECT s.target_id AS "targetId", s.mode FROM module_run r JOIN scan s ON s.id = r.scan_id
     WHERE (r.status = 'running' OR r.admitted_at IS NOT NULL) AND s.finished_at IS NULL`,
  );
}

/** Of each scan as many as there are slots. What no worker has the code for waits until one does. */
function waitingRuns(sql: Sql, slots: number): Promise<WaitingRun[]> {
  return sql.query<WaitingRun>(
    `SELECT waiting.id, s.id AS "scanId", s.target_id AS "targetId", s.mode
     FROM scan s CROSS JOIN LATERAL (
       SELECT r.id FROM module_run r
       WHERE r.scan_id = s.id AND r.stage = s.open_stage AND r.status = 'queued' AND r.admitted_at IS NULL
         AND ${isOffered(WORKER_SECONDS)}
       ORDER BY r.id LIMIT $1) waiting
     WHERE s.status = 'running' AND s.cancel_requested_at IS NULL AND s.stopped_by IS NULL AND s.deadline > now()`,
    [slots],
  );
}

const OFFERED = `r.id AS "moduleRunId", r.attempt + 1 AS attempt, s.mode`;

/** A run whose row somebody has locked waits for the next time: the fleet does not wait for it. */
function giveSlots(sql: Sql, runs: readonly WaitingRun[]): Promise<AdmittedRun[]> {
  return sql.query<AdmittedRun>(
    `UPDATE module_run r SET admitted_at = now() FROM scan s
     WHERE s.id = r.scan_id AND r.id IN (
       SELECT id FROM module_run WHERE id = ANY($1::uuid[]) AND status = 'queued' FOR UPDATE SKIP LOCKED)
     RETURNING ${OFFERED}`,
    [runs.map(({ id }) => id)],
  );
}

function offerAgain(sql: Sql): Promise<AdmittedRun[]> {
  return sql.query<AdmittedRun>(
    `UPDATE module_run r SET admitted_at = now() FROM scan s
     WHERE s.id = r.scan_id AND r.id IN (
       SELECT id FROM module_run WHERE admitted_at < now() - make_interval(secs => ${OFFER_AGAIN_SECONDS})
       FOR UPDATE SKIP LOCKED)
     RETURNING ${OFFERED}`,
  );
}

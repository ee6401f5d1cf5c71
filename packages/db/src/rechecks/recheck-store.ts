import {
  AppError,
  type FindingStatus,
  MAX_RECHECK_DAYS,
  type RecheckReason,
  toAppError,
  uuidv7,
} from "@picket/core";
import { appendAudit } from "../audit/audit-store.ts";
import type { Database } from "../database.ts";
import { databaseNow } from "../database-now.ts";
import { planScan } from "../scans/plan-scan.ts";
import { requestScanCancel } from "../scans/request-scan-cancel.ts";
import type { Sql } from "../sql.ts";
import { within } from "../within.ts";
import { endRecheck } from "./recheck-conclusion.ts";
import { recheckPlan } from "./recheck-plan.ts";

const DAY_MS = 86_400_000;

export interface RecheckRequest {
  findingId: string;
  /** Default: now. */
  at?: Date | undefined;
  requestedBy: string;
  engineVersion: string;
}

/** What was asked for, or is under way already. */
export interface RequestedRecheck {
  recheckId: string;
  /** To be woken up once the transaction is committed; null while the recheck waits. */
  scanId: string | null;
  /** False when it had been asked for before. */
  isNew: boolean;
}

/**
 * Writes a recheck with `recheck.triggered`, and its scan when it is due now. One runs and one waits for its time at
 * most: asked for again, what runs or waits for that time is returned, and nothing is written. Throws NOT_FOUND,
 * INVALID_INPUT (`at`), CONFLICT (the finding is deleted or merged, one waits for another time, or no worker offers its
 * detector) and OUT_OF_SCOPE.
 */
export async function requestRecheck(
  database: Database,
  { at, ...request }: RecheckRequest,
): Promise<RequestedRecheck> {
  return database.transaction(async (sql) => {
    const now = await databaseNow(sql);
    if (at && at.getTime() > now.getTime() + MAX_RECHECK_DAYS * DAY_MS) throw tooFarAhead();
    const { claimedBy } = await lockFinding(sql, request.findingId);
    const isLater = at !== undefined && at > now;
    const { running, waiting } = await openRechecks(sql, request.findingId);
    if (isLater && waiting) {
      if (waiting.dueAt.getTime() !== at.getTime()) throw otherTime(waiting);
      return known(waiting);
    }
    if (!isLater && running) return known(running);
    if (!isLater && waiting && waiting.dueAt <= now) return known(waiting);
    const added = { ...request, claimedBy, dueAt: isLater ? at : now };
    return insertRecheck(sql, added, isLater ? null : database);
  });
}

/**
 * Writes down that a person says it is fixed, with `finding.fix_claimed`, and has it looked at: see requestRecheck. A
 * recheck that runs began before the claim, so another one starts when it has ended. Throws as that does, and CONFLICT
 * when it is fixed.
 */
export async function claimFix(
  database: Database,
  { findingId, claimedBy, engineVersion }: { findingId: string; claimedBy: string; engineVersion: string },
): Promise<RequestedRecheck> {
  return database.transaction(async (sql) => {
    const { status } = await lockFinding(sql, findingId);
    if (status === "fixed") throw nothingToClaim();
    await sql.query("UPDATE finding SET fix_claimed_by = $2, fix_claimed_at = now() WHERE id = $1::uuid", [
      findingId,
      claimedBy,
    ]);
    const dueAt = await databaseNow(sql);
    const { running, waiting } = await openRechecks(sql, findingId);
    const added = { findingId, requestedBy: claimedBy, claimedBy, engineVersion, dueAt };
    const requested =
      running && waiting
        ? await bringForward(sql, waiting, added)
        : await insertRecheck(sql, added, running ? null : database);
    const { recheckId } = requested;
    await appendAudit(sql, {
      actor: claimedBy,
      action: "finding.fix_claimed",
      params: { findingId, recheckId },
    });
    return requested;
  });
}

/**
 * Ends a recheck with `recheck.cancelled`: one that waits is inconclusive at once, one that runs when its scan has ended,
 * which is to be woken up. Again, it changes nothing. Throws NOT_FOUND, and CONFLICT when it has its verdict.
 */
export async function cancelRecheck(
  database: Database,
  { recheckId, actor }: { recheckId: string; actor: string },
): Promise<{ scanId: string | null }> {
  return database.transaction(async (sql) => {
    const [recheck] = await sql.query<{ scanId: string | null; reason: string | null; isOver: boolean }>(
      `SELECT r.scan_id AS "scanId", r.reason, r.finished_at IS NOT NULL AS "isOver"
       FROM finding f JOIN recheck r ON r.finding_id = f.id WHERE r.id = $1::uuid FOR NO KEY UPDATE`,
      [recheckId],
    );
    if (!recheck) throw new AppError("NOT_FOUND", `there is no recheck ${recheckId}`);
    const { scanId, reason, isOver } = recheck;
    if (isOver && reason !== "cancelled")
      throw new AppError("CONFLICT", "the recheck has its verdict already");
    if (isOver) return { scanId: null };
    await appendAudit(sql, { actor, action: "recheck.cancelled", params: { recheckId } });
    if (scanId === null) await endRecheck(sql, recheckId, { verdict: "inconclusive", reason: "cancelled" });
    else await requestScanCancel(within(database, sql), { scanId, actor });
    return { scanId };
  });
}

interface OpenRecheck {
  id: string;
  scanId: string | null;
  dueAt: Date;
}

/** Those of a locked finding that have no verdict. */
async function openRechecks(
  sql: Sql,
  findingId: string,
): Promise<{ running: OpenRecheck | undefined; waiting: OpenRecheck | undefined }> {
  const open = await sql.query<OpenRecheck>(
    `SELECT id, scan_id AS "scanId", due_at AS "dueAt" FROM recheck WHERE finding_id = $1::uuid AND finished_at IS NULL`,
    [findingId],
  );
  return {
    running: open.find(({ scanId }) => scanId !== null),
    waiting: open.find(({ scanId }) => scanId === null),
  };
}

function known({ id: recheckId, scanId }: OpenRecheck): RequestedRecheck {
  return { recheckId, scanId, isNew: false };
}

interface AddedRecheck extends RequestedStart {
  claimedBy: string | null;
  dueAt: Date;
}

/** `database`: where it is started at once; null when it is to wait. */
async function insertRecheck(
  sql: Sql,
  { claimedBy, dueAt, ...start }: AddedRecheck,
  database: Database | null,
): Promise<RequestedRecheck> {
  const recheckId = uuidv7();
  const { findingId, requestedBy } = start;
  // Planned first: who catches that it cannot be started is left no row behind.
  const scanId = database && (await planRecheck(database, sql, start));
  await sql.query(
    `INSERT INTO recheck (id, finding_id, scan_id, due_at, requested_by, claimed_by)
     VALUES ($1::uuid, $2::uuid, $3::uuid, $4::timestamptz, $5, $6)`,
    [recheckId, findingId, scanId, dueAt, requestedBy, claimedBy],
  );
  await appendTriggered(sql, { recheckId, scanId, claimedBy, dueAt, findingId, requestedBy });
  return { recheckId, scanId, isNew: true };
}

async function bringForward(sql: Sql, { id }: OpenRecheck, claim: AddedRecheck): Promise<RequestedRecheck> {
  await sql.query(
    "UPDATE recheck SET due_at = least(due_at, $2::timestamptz), claimed_by = $3 WHERE id = $1::uuid",
    [id, claim.dueAt, claim.claimedBy],
  );
  await appendTriggered(sql, { ...claim, recheckId: id, scanId: null });
  return { recheckId: id, scanId: null, isNew: false };
}

interface Triggered extends Omit<AddedRecheck, "engineVersion"> {
  recheckId: string;
  scanId: string | null;
}

async function appendTriggered(sql: Sql, triggered: Triggered): Promise<void> {
  const { requestedBy, scanId, recheckId, findingId, dueAt, claimedBy } = triggered;
  await appendAudit(sql, {
    actor: requestedBy,
    action: "recheck.triggered",
    ...(scanId !== null && { scanId }),
    params: { recheckId, findingId, dueAt: dueAt.toISOString(), claimedBy },
  });
}

const DUE = `r.finished_at IS NULL AND r.scan_id IS NULL AND r.due_at <= now() AND NOT EXISTS (
  SELECT 1 FROM recheck o WHERE o.finding_id = r.finding_id AND o.finished_at IS NULL AND o.scan_id IS NOT NULL)`;

/** Rechecks that are due, and none of whose finding runs, the longest due first, at most 100. */
export async function dueRechecks(sql: Sql): Promise<string[]> {
  const due = await sql.query<{ id: string }>(
    `SELECT r.id FROM recheck r WHERE ${DUE} ORDER BY r.due_at, r.id LIMIT 100`,
  );
  return due.map(({ id }) => id);
}

/**
 * Starts a recheck that is due: the scan to wake up, none when it cannot be started, which makes it inconclusive, or
 * when another process has it in hand.
 */
export async function startDueRecheck(
  database: Database,
  recheckId: string,
  engineVersion: string,
): Promise<string[]> {
  return database.transaction(async (sql) => {
    // The finding keeps others from starting a recheck of it meanwhile, the recheck keeps the kill switch waiting.
    await sql.query(
      "SELECT 1 FROM finding f JOIN recheck r ON r.finding_id = f.id WHERE r.id = $1::uuid FOR NO KEY UPDATE",
      [recheckId],
    );
    const [due] = await sql.query<DueRecheck>(
      `SELECT r.finding_id AS "findingId", r.requested_by AS "requestedBy", f.status = 'soft_deleted' AS "isDeleted"
       FROM recheck r JOIN finding f ON f.id = r.finding_id WHERE r.id = $1::uuid AND ${DUE}`,
      [recheckId],
    );
    if (!due) return [];
    const { isDeleted, ...start } = due;
    const end = async (reason: RecheckReason) => {
      await endRecheck(sql, recheckId, { verdict: "inconclusive", reason });
      return [];
    };
    if (isDeleted) return end("finding_deleted");
    try {
      const scanId = await planRecheck(database, sql, { ...start, engineVersion });
      await sql.query("UPDATE recheck SET scan_id = $2::uuid WHERE id = $1::uuid", [recheckId, scanId]);
      return [scanId];
    } catch (thrown) {
      return end(reasonOf(thrown));
    }
  });
}

interface DueRecheck {
  findingId: string;
  requestedBy: string;
  isDeleted: boolean;
}

/** What a person would have been told. Anything else is no verdict on the finding, and is thrown on. */
function reasonOf(thrown: unknown): RecheckReason {
  const { code } = toAppError(thrown);
  if (code === "OUT_OF_SCOPE") return "out_of_scope";
  if (code === "CONFLICT" || code === "NOT_FOUND" || code === "INVALID_INPUT") return "plugin_not_run";
  throw thrown;
}

/** Returns the scan that is to do it. */
async function planRecheck(
  database: Database,
  sql: Sql,
  { findingId, ...by }: RequestedStart,
): Promise<string> {
  const plan = await recheckPlan(sql, findingId);
  const { scanId } = await planScan(within(database, sql), { ...plan, ...by, mode: "recheck" });
  return scanId;
}

interface RequestedStart {
  findingId: string;
  requestedBy: string;
  engineVersion: string;
}

interface LockedFinding {
  status: "open" | "fixed";
  claimedBy: string | null;
}

async function lockFinding(sql: Sql, id: string): Promise<LockedFinding> {
  const [finding] = await sql.query<
    Omit<LockedFinding, "status"> & { status: FindingStatus; mergedInto: string | null }
  >(
    `SELECT status, fix_claimed_by AS "claimedBy", merged_into_id AS "mergedInto" FROM finding
     WHERE id = $1::uuid FOR NO KEY UPDATE`,
    [id],
  );
  if (!finding) throw new AppError("NOT_FOUND", `there is no finding ${id}`);
  const { status, claimedBy, mergedInto } = finding;
  if (mergedInto !== null)
    throw new AppError("CONFLICT", `the finding was merged into ${mergedInto}`, {
      hint: `Recheck ${mergedInto}: it has the places of both.`,
    });
  if (status === "soft_deleted") throw new AppError("CONFLICT", "the finding was deleted with its target");
  return { status, claimedBy };
}

function otherTime({ id, dueAt }: OpenRecheck): AppError {
  return new AppError("CONFLICT", `a recheck of the finding waits for ${dueAt.toISOString()} already`, {
    hint: `Cancel it first: POST /rechecks/${id}/cancel.`,
    details: { recheckId: id },
  });
}

function nothingToClaim(): AppError {
  return new AppError("CONFLICT", "the finding is fixed already: it was looked at again and is gone", {
    hint: "Nothing is left to do. It opens again by itself when it is seen again; recheck it to look now.",
  });
}

function tooFarAhead(): AppError {
  const message = `must be within ${MAX_RECHECK_DAYS} days`;
  return new AppError("INVALID_INPUT", `at: ${message}`, { details: { issues: [{ path: "at", message }] } });
}

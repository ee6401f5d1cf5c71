import { AppError, MAX_RECHECK_DAYS, type RecheckReason, toAppError, uuidv7 } from "@picket/core";
import { appendAudit } from "../audit/audit-store.ts";
import type { Database } from "../database.ts";
import { databaseNow } from "../database-now.ts";
import { planScan } from "../scans/plan-scan.ts";
import type { Sql } from "../sql.ts";
import { within } from "../within.ts";
import { recheckPlan } from "./recheck-plan.ts";

const DAY_MS = 86_400_000;

export interface RecheckRequest {
  findingId: string;
  /** Default: now. */
  at?: Date | undefined;
  requestedBy: string;
  engineVersion: string;
}

/** What is to be woken up once the transaction is committed: null while it is not due. */
export interface RequestedRecheck {
  recheckId: string;
  scanId: string | null;
}

/**
 * Writes a recheck with `recheck.triggered`, and its scan when it is due now. Throws NOT_FOUND, INVALID_INPUT (`at`),
 * CONFLICT (the finding is deleted, or no worker offers its detector) and OUT_OF_SCOPE.
 */
export async function requestRecheck(
  database: Database,
  { findingId, at, requestedBy, engineVersion }: RecheckRequest,
): Promise<RequestedRecheck> {
  return database.transaction(async (sql) => {
    const now = await databaseNow(sql);
    if (at && at.getTime() > now.getTime() + MAX_RECHECK_DAYS * DAY_MS) throw tooFarAhead();
    const { claimedBy } = await lockFinding(sql, findingId);
    const recheckId = uuidv7();
    const dueAt = at && at > now ? at : now;
    await sql.query(
      `INSERT INTO recheck (id, finding_id, due_at, requested_by, claimed_by)
       VALUES ($1::uuid, $2::uuid, $3::timestamptz, $4, $5)`,
      [recheckId, findingId, dueAt, requestedBy, claimedBy],
    );
    const scanId =
      dueAt > now
        ? null
        : await startRecheck(database, sql, { recheckId, findingId, requestedBy, engineVersion });
    await appendAudit(sql, {
      actor: requestedBy,
      action: "recheck.triggered",
      ...(scanId !== null && { scanId }),
      params: { recheckId, findingId, dueAt: dueAt.toISOString(), claimedBy },
    });
    return { recheckId, scanId };
  });
}

/** Writes down that a person says it is fixed, with `finding.fix_claimed`, and has it looked at: see requestRecheck. */
export async function claimFix(
  database: Database,
  { findingId, claimedBy, engineVersion }: { findingId: string; claimedBy: string; engineVersion: string },
): Promise<RequestedRecheck> {
  return database.transaction(async (sql) => {
    const { status } = await lockFinding(sql, findingId);
    if (status === "fixed") throw new AppError("CONFLICT", "the finding is fixed already");
    await sql.query("UPDATE finding SET fix_claimed_by = $2, fix_claimed_at = now() WHERE id = $1::uuid", [
      findingId,
      claimedBy,
    ]);
    const request = { findingId, requestedBy: claimedBy, engineVersion };
    const requested = await requestRecheck(within(database, sql), request);
    const { recheckId } = requested;
    await appendAudit(sql, {
      actor: claimedBy,
      action: "finding.fix_claimed",
      params: { findingId, recheckId },
    });
    return requested;
  });
}

/** Rechecks that are due and not started, the longest due first, at most 100. */
export async function dueRechecks(sql: Sql): Promise<string[]> {
  const due = await sql.query<{ id: string }>(
    `SELECT id FROM recheck WHERE finished_at IS NULL AND scan_id IS NULL AND due_at <= now()
     ORDER BY due_at, id LIMIT 100`,
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
    const [due] = await sql.query<{ findingId: string; requestedBy: string }>(
      `SELECT finding_id AS "findingId", requested_by AS "requestedBy" FROM recheck
       WHERE id = $1::uuid AND finished_at IS NULL AND scan_id IS NULL AND due_at <= now()
       FOR NO KEY UPDATE SKIP LOCKED`,
      [recheckId],
    );
    if (!due) return [];
    try {
      return [await startRecheck(database, sql, { ...due, recheckId, engineVersion })];
    } catch (thrown) {
      await sql.query(
        `UPDATE recheck SET verdict = 'inconclusive', reason = $2, finished_at = now() WHERE id = $1::uuid`,
        [recheckId, reasonOf(thrown)],
      );
      return [];
    }
  });
}

/** What a person would have been told. Anything else is no verdict on the finding, and is thrown on. */
function reasonOf(thrown: unknown): RecheckReason {
  const { code } = toAppError(thrown);
  if (code === "OUT_OF_SCOPE") return "out_of_scope";
  if (code === "CONFLICT" || code === "NOT_FOUND" || code === "INVALID_INPUT") return "plugin_not_run";
  throw thrown;
}

async function startRecheck(
  database: Database,
  sql: Sql,
  { recheckId, findingId, ...by }: RequestedStart,
): Promise<string> {
  const plan = await recheckPlan(sql, findingId);
  const { scanId } = await planScan(within(database, sql), { ...plan, ...by, mode: "recheck" });
  await sql.query("UPDATE recheck SET scan_id = $2::uuid WHERE id = $1::uuid", [recheckId, scanId]);
  return scanId;
}

interface RequestedStart {
  recheckId: string;
  findingId: string;
  requestedBy: string;
  engineVersion: string;
}

async function lockFinding(
  sql: Sql,
  id: string,
): Promise<{ status: "open" | "fixed"; claimedBy: string | null }> {
  const [finding] = await sql.query<{ status: "open" | "fixed" | "soft_deleted"; claimedBy: string | null }>(
    `SELECT status, fix_claimed_by AS "claimedBy" FROM finding WHERE id = $1::uuid FOR NO KEY UPDATE`,
    [id],
  );
  if (!finding) throw new AppError("NOT_FOUND", `there is no finding ${id}`);
  const { status, claimedBy } = finding;
  if (status === "soft_deleted") throw new AppError("CONFLICT", "the finding was deleted with its target");
  return { status, claimedBy };
}

function tooFarAhead(): AppError {
  const message = `must be within ${MAX_RECHECK_DAYS} days`;
  return new AppError("INVALID_INPUT", `at: ${message}`, { details: { issues: [{ path: "at", message }] } });
}

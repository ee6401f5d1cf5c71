import { AppError, MAX_EXCEPTION_DAYS, type NewException, uuidv7 } from "@picket/core";
import { appendAudit } from "../audit/audit-store.ts";
import type { Sql } from "../sql.ts";

const DAY_MS = 86_400_000;

/**
 * Writes an exception as `proposed` and returns its id. Throws INVALID_INPUT (finding, expiry; `details.issues` names
 * the field), and CONFLICT when one is proposed or in force for the finding already.
 */
export async function proposeException(sql: Sql, exception: NewException, actor: string): Promise<string> {
  assertExpiry(exception.expiresAt, Date.now());
  const finding = await lockFinding(sql, exception.findingId);
  await assertUndecided(sql, finding);
  const id = uuidv7();
  const { targetId, projectId, findingKey } = finding;
  const { reason, owner, ticket, expiresAt } = exception;
  await sql.query(
    `INSERT INTO exception_record (id, project_id, target_id, finding_key, reason, owner, ticket, expires_at, requested_by)
     VALUES ($1::uuid, $2::uuid, $3::uuid, $4, $5, $6, $7, $8, $9)`,
    [id, projectId, targetId, findingKey, reason, owner, ticket, expiresAt, actor],
  );
  await appendAudit(sql, {
    actor,
    action: "exception.created",
    params: {
      exceptionId: id,
      targetId,
      findingKey,
      reason,
      owner,
      ticket,
      expiresAt: expiresAt.toISOString(),
    },
  });
  return id;
}

function assertExpiry(expiresAt: Date, now: number): void {
  const days = (expiresAt.getTime() - now) / DAY_MS;
  if (days <= 0) throw invalid("expiresAt", "must be in the future");
  if (days > MAX_EXCEPTION_DAYS) throw invalid("expiresAt", `must be within ${MAX_EXCEPTION_DAYS} days`);
}

interface ExceptedFinding {
  projectId: string;
  targetId: string;
  findingKey: string;
}

/** Locked, so that of two proposals at once the second sees the first. */
async function lockFinding(sql: Sql, id: string): Promise<ExceptedFinding> {
  const [finding] = await sql.query<ExceptedFinding>(
    `SELECT t.project_id AS "projectId", f.target_id AS "targetId", f.dedupe_key AS "findingKey"
     FROM finding f JOIN target t ON t.id = f.target_id
     WHERE f.id = $1::uuid AND f.status <> 'soft_deleted' FOR NO KEY UPDATE OF f`,
    [id],
  );
  if (!finding) throw invalid("findingId", `there is no finding ${id}`);
  return finding;
}

async function assertUndecided(sql: Sql, { targetId, findingKey }: ExceptedFinding): Promise<void> {
  const [other] = await sql.query<{ id: string; status: string }>(
    `SELECT id, status FROM exception_record
     WHERE target_id = $1::uuid AND finding_key = $2 AND status IN ('proposed', 'approved', 'active') LIMIT 1`,
    [targetId, findingKey],
  );
  if (other)
    throw new AppError("CONFLICT", `exception ${other.id} for this finding is ${other.status} already`);
}

function invalid(path: string, message: string): AppError {
  return new AppError("INVALID_INPUT", `${path}: ${message}`, { details: { issues: [{ path, message }] } });
}

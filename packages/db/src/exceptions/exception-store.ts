import {
  AppError,
  assertExceptionAction,
  assertExceptionTerm,
  type ExceptionActor,
  type ExceptionExtension,
  type ExceptionScope,
  type ExceptionStatus,
  type NewException,
  type NewExceptionScope,
  type Role,
  type Severity,
  uuidv7,
} from "@picket/core";
import { appendAudit } from "../audit/audit-store.ts";
import type { Sql } from "../sql.ts";
import { IN_FORCE_SQL, MATCH_KEY_SQL, STATUS_SQL } from "./excepted-sql.ts";

/** What is accepted, as it is stored. */
interface Terms {
  projectId: string;
  targetId: string;
  scope: ExceptionScope;
  findingKey: string;
  findingType: string;
  instanceKey: string | null;
  route: string | null;
  maxSeverity: Severity;
}

interface Proposal extends Terms {
  id: string;
  reason: string;
  owner: string;
  ticket: string | null;
  expiresAt: Date;
  supersedesId: string | null;
}

/**
 * Writes an exception as `proposed` and returns its id. Throws INVALID_INPUT (finding, scope, expiry; `details.issues`
 * names the field), and CONFLICT when one of the same scope is proposed or in force already.
 */
export async function proposeException(
  sql: Sql,
  exception: NewException,
  by: ExceptionActor,
): Promise<string> {
  const { findingId, scope, expiresAt, reason, owner, ticket } = exception;
  const { now, ...finding } = await lockFinding(sql, findingId);
  assertExceptionTerm(expiresAt, { now });
  const place = await placeOf(sql, findingId, scope);
  const terms = { ...finding, scope: scope.kind, ...place };
  await assertNoOther(sql, terms, ["proposed", "active"]);
  const proposal = { id: uuidv7(), ...terms, reason, owner, ticket, expiresAt, supersedesId: null };
  await insertProposal(sql, proposal, by);
  const { maxSeverity } = terms;
  await appendAudit(sql, {
    actor: by.actor,
    action: "exception.created",
    params: {
      ...aboutException(proposal),
      before: null,
      after: {
        status: "proposed",
        requesterPerson: by.person,
        scope,
        maxSeverity,
        reason,
        owner,
        ticket,
        expiresAt,
      },
    },
  });
  return proposal.id;
}

/**
 * Proposes a longer term of an active exception, for review like any other, and returns the new one's id. The present
 * term stays in force until its own end. Throws NOT_FOUND, INVALID_INPUT (expiry), and CONFLICT when it is not active,
 * its extension waits for review already, or its finding is part of another now.
 */
export async function extendException(
  sql: Sql,
  id: string,
  { extension, by }: { extension: ExceptionExtension; by: ExceptionActor },
): Promise<string> {
  const present = await lockException(sql, id);
  assertExceptionAction(present, "extend", by);
  assertNotMerged(present);
  const { expiresAt, reason } = extension;
  assertExceptionTerm(expiresAt, { now: present.now, after: present.expiresAt });
  await assertNoOther(sql, present, ["proposed"]);
  const maxSeverity = (await severityNow(sql, present)) ?? present.maxSeverity;
  const proposal = { ...present, id: uuidv7(), supersedesId: id, maxSeverity, reason, expiresAt };
  await insertProposal(sql, proposal, by);
  await appendAudit(sql, {
    actor: by.actor,
    action: "exception.extended",
    params: {
      ...aboutException(proposal),
      before: { exceptionId: id, expiresAt: present.expiresAt, maxSeverity: present.maxSeverity },
      after: { status: "proposed", requesterPerson: by.person, expiresAt, maxSeverity, reason },
    },
  });
  return proposal.id;
}

/**
 * Decides about a proposal. Throws NOT_FOUND, FORBIDDEN for who asked for it or is none of the project's approvers, and
 * CONFLICT when it is no proposal or is to be approved though its finding is part of another now.
 */
export async function decideException(
  sql: Sql,
  id: string,
  { decision, by }: { decision: "approve" | "reject"; by: ExceptionActor },
): Promise<void> {
  const exception = await lockException(sql, id);
  assertExceptionAction(exception, decision, by);
  if (decision === "approve") assertNotMerged(exception);
  const [decided] = await sql.query<{ coversUntil: Date }>(
    `UPDATE exception_record SET status = $2::exception_status, approver = $3, approver_person = $4, decided_at = now(),
            covers_until = now()
     WHERE id = $1::uuid RETURNING covers_until AS "coversUntil"`,
    [id, decision === "approve" ? "approved" : "rejected", by.actor, by.person],
  );
  const approver = { approver: by.actor, approverPerson: by.person };
  const after =
    decision === "approve"
      ? {
          status: "active",
          ...approver,
          coversUntil: decided?.coversUntil,
          expiresAt: exception.expiresAt,
        }
      : { status: "rejected", ...approver };
  await appendAudit(sql, {
    actor: by.actor,
    action: decision === "approve" ? "exception.approved" : "exception.rejected",
    params: { ...aboutException(exception), before: { status: "proposed" }, after },
  });
}

/**
 * Ends an active exception at once, with every other term of it that is in force: what it extends and what extends it.
 * Throws NOT_FOUND, FORBIDDEN for who is none of the project's approvers, and CONFLICT when it is not active.
 */
export async function revokeException(sql: Sql, id: string, by: ExceptionActor): Promise<void> {
  assertExceptionAction(await lockException(sql, id), "revoke", by);
  const revoked = await sql.query<{ id: string; targetId: string; findingKey: string }>(
    `WITH RECURSIVE terms AS (
       SELECT id, supersedes_id FROM exception_record WHERE id = $1::uuid
       UNION
       SELECT other.id, other.supersedes_id FROM exception_record other
       JOIN terms ON other.id = terms.supersedes_id OR other.supersedes_id = terms.id)
     UPDATE exception_record x SET status = 'revoked' FROM terms WHERE x.id = terms.id AND ${IN_FORCE_SQL}
     RETURNING x.id, x.target_id AS "targetId", x.finding_key AS "findingKey"`,
    [id],
  );
  for (const exception of revoked)
    await appendAudit(sql, {
      actor: by.actor,
      action: "exception.revoked",
      params: {
        ...aboutException(exception),
        before: { status: "active" },
        after: { status: "revoked", person: by.person },
      },
    });
}

function aboutException({ id, targetId, findingKey }: { id: string; targetId: string; findingKey: string }) {
  return { exceptionId: id, targetId, findingKey };
}

type FindingTerms = Pick<Terms, "projectId" | "targetId" | "findingKey" | "findingType" | "maxSeverity">;

/** Its target is locked, so that of two proposals at once the second sees the first. */
async function lockFinding(sql: Sql, id: string): Promise<FindingTerms & { now: Date }> {
  const [finding] = await sql.query<FindingTerms & { now: Date }>(
    `SELECT t.project_id AS "projectId", f.target_id AS "targetId", f.dedupe_key AS "findingKey",
            f.type AS "findingType", f.severity AS "maxSeverity", now()
     FROM finding f JOIN target t ON t.id = f.target_id
     WHERE f.id = $1::uuid AND f.status <> 'soft_deleted' FOR NO KEY UPDATE OF t`,
    [id],
  );
  if (!finding) throw invalid("findingId", `there is no finding ${id}`);
  return finding;
}

/** The place that the scope is bound to; it has to be one of the finding's. */
async function placeOf(
  sql: Sql,
  findingId: string,
  scope: NewExceptionScope,
): Promise<Pick<Terms, "instanceKey" | "route">> {
  if (scope.kind === "instance") {
    const [place] = await sql.query<{ instanceKey: string }>(
      `SELECT instance_key AS "instanceKey" FROM instance WHERE id = $1::uuid AND finding_id = $2::uuid`,
      [scope.instanceId, findingId],
    );
    if (!place) throw invalid("scope.instanceId", "is no place of this finding");
    return { instanceKey: place.instanceKey, route: null };
  }
  if (scope.kind === "type_on_route") {
    const shows = await sql.query(
      "SELECT 1 FROM instance WHERE finding_id = $1::uuid AND route = $2 LIMIT 1",
      [findingId, scope.route],
    );
    if (shows.length === 0) throw invalid("scope.route", "is no route where this finding shows");
    return { instanceKey: null, route: scope.route };
  }
  return { instanceKey: null, route: null };
}

async function assertNoOther(sql: Sql, terms: Terms, statuses: readonly ExceptionStatus[]): Promise<void> {
  const { targetId, scope, findingKey, findingType, instanceKey, route } = terms;
  const matchKey = scope === "instance" || scope === "finding" ? findingKey : findingType;
  const [other] = await sql.query<{ id: string; status: string }>(
    `SELECT x.id, ${STATUS_SQL} AS status FROM exception_record x
     WHERE x.target_id = $1::uuid AND x.scope = $2::exception_scope AND ${MATCH_KEY_SQL} = $3
       AND x.instance_key IS NOT DISTINCT FROM $4 AND x.route IS NOT DISTINCT FROM $5
       AND ${STATUS_SQL} = ANY ($6::text[]) LIMIT 1`,
    [targetId, scope, matchKey, instanceKey, route, [...statuses]],
  );
  if (!other) return;
  throw new AppError("CONFLICT", `exception ${other.id} of the same scope is ${other.status} already`, {
    hint: other.status === "active" ? "Extend it, or revoke it first." : "Have it decided first.",
  });
}

async function insertProposal(sql: Sql, proposal: Proposal, by: ExceptionActor): Promise<void> {
  const { id, projectId, targetId, scope, findingKey, findingType, instanceKey, route, maxSeverity } =
    proposal;
  const { reason, owner, ticket, expiresAt, supersedesId } = proposal;
  await sql.query(
    `INSERT INTO exception_record (id, project_id, target_id, scope, finding_key, finding_type, instance_key, route,
       max_severity, reason, owner, ticket, expires_at, supersedes_id, requested_by, requester_person)
     VALUES ($1::uuid, $2::uuid, $3::uuid, $4::exception_scope, $5, $6, $7, $8, $9::severity, $10, $11, $12, $13,
             $14::uuid, $15, $16)`,
    [
      ...[id, projectId, targetId, scope, findingKey, findingType, instanceKey, route, maxSeverity],
      ...[reason, owner, ticket, expiresAt, supersedesId, by.actor, by.person],
    ],
  );
}

interface LockedException extends Proposal {
  status: ExceptionStatus;
  requesterPerson: string;
  approvers: Role[];
  mergedIntoId: string | null;
  now: Date;
}

async function lockException(sql: Sql, id: string): Promise<LockedException> {
  const [exception] = await sql.query<LockedException>(
    `SELECT x.id, x.project_id AS "projectId", x.target_id AS "targetId", x.scope, x.finding_key AS "findingKey",
            x.finding_type AS "findingType", x.instance_key AS "instanceKey", x.route,
            x.max_severity AS "maxSeverity", x.reason, x.owner, x.ticket, x.expires_at AS "expiresAt",
            x.supersedes_id AS "supersedesId", x.requester_person AS "requesterPerson", ${STATUS_SQL} AS status, now(),
            f.merged_into_id AS "mergedIntoId", p.exception_approvers::text[] AS approvers
     FROM exception_record x JOIN project p ON p.id = x.project_id
     LEFT JOIN finding f ON f.target_id = x.target_id AND f.dedupe_key = x.finding_key
     WHERE x.id = $1::uuid FOR NO KEY UPDATE OF x`,
    [id],
  );
  if (!exception) throw new AppError("NOT_FOUND", `there is no exception ${id}`);
  return exception;
}

/** What is part of another is no longer what was asked about: that goes on to its end, and a new decision is about the whole. */
function assertNotMerged({ id, scope, mergedIntoId }: LockedException): void {
  if (mergedIntoId === null || scope === "type_on_route" || scope === "type_on_target") return;
  throw new AppError("CONFLICT", `the finding of exception ${id} is part of finding ${mergedIntoId} now`, {
    hint: "Propose an exception for that finding, or undo the merge.",
  });
}

/** The review of a longer term is about the finding as it is now. */
async function severityNow(sql: Sql, { targetId, findingKey }: Terms): Promise<Severity | undefined> {
  const [finding] = await sql.query<{ severity: Severity }>(
    "SELECT severity FROM finding WHERE target_id = $1::uuid AND dedupe_key = $2",
    [targetId, findingKey],
  );
  return finding?.severity;
}

function invalid(path: string, message: string): AppError {
  return new AppError("INVALID_INPUT", `${path}: ${message}`, { details: { issues: [{ path, message }] } });
}

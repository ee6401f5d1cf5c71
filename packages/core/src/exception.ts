import { AppError } from "./app-error.ts";
import type { ExceptionStatus, Role } from "./vocabulary.ts";

/** Longest time for which a finding can be accepted, days. */
const MAX_EXCEPTION_DAYS = 365;

/** Days before its end when an exception's owner is reminded (field.md §5, statement 6). */
export const REMINDER_DAYS: readonly number[] = [30, 7, 1];

/** An exception is stale when it covered nothing in so many complete scans of its target. */
export const STALE_AFTER_SCANS = 3;

const DAY_MS = 86_400_000;

/** What a person can do about an exception. */
export type ExceptionAction = "approve" | "reject" | "revoke" | "extend";

/**
 * proposed → active | rejected, active → expired | revoked; both proposed and active expire by the clock. An extension
 * is a proposal of its own; what it extends stays in force until its own end. Everything else is final.
 */
const REQUIRED_STATUS = {
  approve: "proposed",
  reject: "proposed",
  revoke: "active",
  extend: "active",
} as const satisfies Record<ExceptionAction, ExceptionStatus>;

const PARTICIPLE = {
  approve: "approved",
  reject: "rejected",
  revoke: "revoked",
  extend: "extended",
} as const satisfies Record<ExceptionAction, string>;

/** Who asks for an exception or decides about one. */
export interface ExceptionActor {
  /** `token:<prefix>`. */
  actor: string;
  role: Role;
  /** Whom the token stands for. */
  person: string;
}

interface ExceptionState {
  id: string;
  status: ExceptionStatus;
  requesterPerson: string;
  /** Roles that decide about exceptions of its project. */
  approvers: readonly Role[];
}

/**
 * Throws FORBIDDEN when this actor may not: deciding is left to the project's approvers, and nobody decides about what
 * they asked for, whichever of their tokens they use. Throws CONFLICT when an exception in this state cannot take the
 * action.
 */
export function assertExceptionAction(
  exception: ExceptionState,
  action: ExceptionAction,
  by: ExceptionActor,
): void {
  const { id, status, requesterPerson, approvers } = exception;
  if (action !== "extend") assertApprover(approvers, by);
  const required = REQUIRED_STATUS[action];
  if (status !== required) {
    throw new AppError("CONFLICT", `exception ${id} is ${status}, so it cannot be ${PARTICIPLE[action]}`, {
      hint: `Only what is ${required} can be ${PARTICIPLE[action]}. Propose a new exception if one is needed.`,
    });
  }
  if (required === "proposed" && by.person === requesterPerson) {
    throw new AppError("FORBIDDEN", "who asked for an exception does not decide about it", {
      hint: `${requesterPerson} asked; another person with the role ${oneOf(approvers)} decides.`,
    });
  }
}

function assertApprover(approvers: readonly Role[], { actor, role }: ExceptionActor): void {
  if (approvers.includes(role)) return;
  const needed = oneOf(approvers);
  throw new AppError(
    "FORBIDDEN",
    `exceptions of this project are decided with the role ${needed}; ${actor} is ${role}`,
    { hint: `Have it decided by somebody with the role ${needed}.` },
  );
}

function oneOf(roles: readonly Role[]): string {
  return roles.join(" or ");
}

/** Throws INVALID_INPUT, with `details.issues`, for an end that is not within 365 days from now or not after `after`. */
export function assertExceptionTerm(expiresAt: Date, { now, after }: { now: Date; after?: Date }): void {
  const days = (expiresAt.getTime() - now.getTime()) / DAY_MS;
  if (!(days > 0)) throw badTerm("must be in the future");
  if (days > MAX_EXCEPTION_DAYS) throw badTerm(`must be within ${MAX_EXCEPTION_DAYS} days`);
  if (after && expiresAt <= after) throw badTerm(`must be after ${after.toISOString()}, its present end`);
}

function badTerm(message: string): AppError {
  return new AppError("INVALID_INPUT", `expiresAt: ${message}`, {
    details: { issues: [{ path: "expiresAt", message }] },
  });
}

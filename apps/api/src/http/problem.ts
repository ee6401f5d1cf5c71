import {
  AppError,
  ERROR_POLICIES,
  type ErrorCode,
  type Problem,
  type ProblemIssue,
  toError,
} from "@picket/core";
import { isUnavailable } from "@picket/db";
import type { RequestIssue } from "./parse-request.ts";

const TITLES: Record<ErrorCode, string> = {
  INVALID_INPUT: "The request is not valid",
  UNAUTHENTICATED: "A valid token is needed",
  FORBIDDEN: "Not allowed",
  NOT_FOUND: "Not found",
  METHOD_NOT_ALLOWED: "Method not allowed",
  CONFLICT: "Not possible in the present state",
  PAYLOAD_TOO_LARGE: "The body is too large",
  UNSUPPORTED_MEDIA_TYPE: "The body's type is not supported",
  OUT_OF_SCOPE: "Outside the scope",
  IDEMPOTENCY_MISMATCH: "The Idempotency-Key was used for another request",
  RATE_LIMITED: "Too many requests",
  SECRET_KEY_UNAVAILABLE: "A key to encrypt secrets with is missing",
  INVALID_CONFIG: "The platform is not configured correctly",
  INVALID_PLUGIN: "A plugin is not usable",
  ISOLATION_UNAVAILABLE: "Plugins cannot be isolated",
  PROTOCOL_VIOLATION: "A plugin broke the protocol",
  STALE_ATTEMPT: "Overtaken by a newer attempt",
  TARGET_UNREACHABLE: "The target does not answer",
  STORAGE_UNAVAILABLE: "The body store does not answer",
  DATABASE_UNAVAILABLE: "The database does not answer",
  QUEUE_UNAVAILABLE: "The queue does not answer",
  INTERNAL: "Internal error",
};

/** Any thrown value as an AppError, those of Express, its body parser and Postgres included. */
export function asAppError(thrown: unknown): AppError {
  if (thrown instanceof AppError) return thrown;
  const cause = toError(thrown);
  if (isUnavailable(cause)) return new AppError("DATABASE_UNAVAILABLE", cause.message, { cause });
  return parserError(cause) ?? new AppError("INTERNAL", cause.message, { cause });
}

/** What Express and its parsers throw carries a status below 500, and a `type` when the body was wrong. */
function parserError(cause: Error & { status?: unknown; type?: unknown }): AppError | null {
  switch (cause.status) {
    case 400:
      return cause.type === "entity.parse.failed"
        ? new AppError("INVALID_INPUT", `the body is not valid JSON: ${cause.message}`, { cause })
        : new AppError("INVALID_INPUT", cause.message, { cause });
    case 413:
      return new AppError("PAYLOAD_TOO_LARGE", "the body is longer than this server accepts", {
        hint: "BODY_LIMIT_BYTES is the limit.",
        cause,
      });
    case 415:
      return new AppError("UNSUPPORTED_MEDIA_TYPE", cause.message, { hint: "Send JSON in UTF-8.", cause });
    default:
      return null;
  }
}

/** What went wrong at our own end is in the log, under the errorId; the client is not told its details. */
const OWN_FAULT = "Something went wrong here. The server's log says more under this errorId.";

export function problemOf(error: AppError, errorId: string): Problem {
  const { httpStatus, blame } = ERROR_POLICIES[error.code];
  const isHidden = blame === "us" && httpStatus >= 500;
  const errors = issuesOf(error);
  return {
    type: `urn:picket:problem:${error.code.toLowerCase().replaceAll("_", "-")}`,
    title: TITLES[error.code],
    status: httpStatus,
    detail: isHidden ? OWN_FAULT : error.message,
    code: error.code,
    ...(error.hint !== undefined && !isHidden && { hint: error.hint }),
    errorId,
    ...(errors.length > 0 && { errors }),
  };
}

function issuesOf(error: AppError): ProblemIssue[] {
  const issues = error.details?.issues as readonly RequestIssue[] | undefined;
  return (issues ?? []).map(({ in: part = "body", path, message }) => ({
    in: part,
    pointer: path === "" ? "" : `/${path.split(".").map(escapePointer).join("/")}`,
    message,
  }));
}

/** RFC 6901 §3. */
function escapePointer(token: string): string {
  return token.replaceAll("~", "~0").replaceAll("/", "~1");
}

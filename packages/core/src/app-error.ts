/** What a code means to everyone who meets it: the API, the worker's retries and the logger. */
export interface ErrorPolicy {
  httpStatus: number;
  /** Whether doing the same again may work. */
  retry: "no" | "backoff";
  logLevel: "error" | "warn" | "info" | "debug";
  /** Who can put it right. */
  blame: "user" | "target" | "us";
}

const user = (httpStatus: number): ErrorPolicy => ({
  httpStatus,
  retry: "no",
  logLevel: "debug",
  blame: "user",
});

export const ERROR_POLICIES = {
  INVALID_INPUT: user(400),
  UNAUTHENTICATED: user(401),
  FORBIDDEN: user(403),
  NOT_FOUND: user(404),
  METHOD_NOT_ALLOWED: user(405),
  CONFLICT: user(409),
  PAYLOAD_TOO_LARGE: user(413),
  UNSUPPORTED_MEDIA_TYPE: user(415),
  OUT_OF_SCOPE: user(422),
  IDEMPOTENCY_MISMATCH: user(422),
  RATE_LIMITED: { httpStatus: 429, retry: "backoff", logLevel: "info", blame: "user" },
  SECRET_KEY_UNAVAILABLE: { httpStatus: 409, retry: "no", logLevel: "error", blame: "user" },
  INVALID_CONFIG: { httpStatus: 500, retry: "no", logLevel: "error", blame: "user" },
  INVALID_PLUGIN: { httpStatus: 500, retry: "no", logLevel: "error", blame: "user" },
  ISOLATION_UNAVAILABLE: { httpStatus: 500, retry: "no", logLevel: "error", blame: "us" },
  PROTOCOL_VIOLATION: { httpStatus: 500, retry: "no", logLevel: "warn", blame: "us" },
  STALE_ATTEMPT: { httpStatus: 409, retry: "no", logLevel: "info", blame: "us" },
  TARGET_UNREACHABLE: { httpStatus: 502, retry: "backoff", logLevel: "info", blame: "target" },
  STORAGE_UNAVAILABLE: { httpStatus: 503, retry: "backoff", logLevel: "error", blame: "us" },
  DATABASE_UNAVAILABLE: { httpStatus: 503, retry: "backoff", logLevel: "error", blame: "us" },
  QUEUE_UNAVAILABLE: { httpStatus: 503, retry: "backoff", logLevel: "error", blame: "us" },
  INTERNAL: { httpStatus: 500, retry: "backoff", logLevel: "error", blame: "us" },
} as const satisfies Record<string, ErrorPolicy>;

export type ErrorCode = keyof typeof ERROR_POLICIES;

export interface AppErrorOptions {
  /** What the reader can do about it. */
  hint?: string;
  /** Facts for a program; never a secret. */
  details?: Record<string, unknown>;
  cause?: unknown;
}

/** The only error class of the platform: a stable code, a sentence that says what was wrong, and what to do. */
export class AppError extends Error {
  readonly code: ErrorCode;
  readonly hint: string | undefined;
  readonly details: Record<string, unknown> | undefined;

  constructor(code: ErrorCode, message: string, options: AppErrorOptions = {}) {
    super(message, options.cause === undefined ? undefined : { cause: options.cause });
    this.name = "AppError";
    this.code = code;
    this.hint = options.hint;
    this.details = options.details;
  }
}

/** As `instanceof Error`, but also for errors of another realm: Jest and `node:vm` have an `Error` of their own. */
export function isError(value: unknown): value is Error {
  return value instanceof Error || Object.prototype.toString.call(value) === "[object Error]";
}

/** Any thrown value as an Error; what was not an Error stays as its cause. */
export function toError(thrown: unknown): Error {
  if (isError(thrown)) return thrown;
  const message = typeof thrown === "object" ? "something that is no error was thrown" : String(thrown);
  return new Error(message, { cause: thrown });
}

/** Any thrown value as an AppError; what carries no code of ours is INTERNAL with the original as cause. */
export function toAppError(thrown: unknown): AppError {
  if (thrown instanceof AppError) return thrown;
  const error = toError(thrown);
  return new AppError("INTERNAL", error.message, { cause: error });
}

/** Fails to compile when a switch over a union misses a case; throws if one arrives all the same. */
export function assertNever(value: never): never {
  throw new AppError("INTERNAL", `unexpected value: ${String(value)}`);
}

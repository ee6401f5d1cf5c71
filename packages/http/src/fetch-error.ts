import type { FetchFailure, HttpFailure, ScopeRefusal } from "@picket/core";

/** Why an exchange has no response. Thrown inside this package only: callers get an `HttpFailure`. */
export class FetchError extends Error {
  readonly reason: FetchFailure;
  /** Set when `reason` is `out_of_scope`. */
  readonly refusal: ScopeRefusal | undefined;
  /** The fetch that recorded the failure; none when nothing was sent. */
  fetchId: string | undefined;

  constructor(
    reason: FetchFailure,
    detail: string,
    options: { refusal?: ScopeRefusal; cause?: unknown } = {},
  ) {
    super(detail, { cause: options.cause });
    this.name = "FetchError";
    this.reason = reason;
    this.refusal = options.refusal;
  }
}

export function outOfScope(refusal: ScopeRefusal, detail: string): FetchError {
  return new FetchError("out_of_scope", detail, { refusal });
}

/** What a plugin is told. `lastFetchId`: the redirect before, when the failing hop itself was never sent. */
export function failureResult(
  { reason, refusal, message, fetchId }: FetchError,
  lastFetchId?: string,
): HttpFailure {
  const id = fetchId ?? lastFetchId;
  return { ok: false, reason, ...(refusal && { refusal }), detail: message, ...(id && { fetchId: id }) };
}

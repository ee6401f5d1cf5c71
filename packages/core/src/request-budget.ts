/** What came of a request, as far as its target's budget is concerned. */
export type RequestOutcome =
  | {
      kind: "answered";
      status: number;
      /** From sending the request to the end of the response, ms. */
      elapsedMs: number;
      /** What the response's Retry-After asks for, ms. */
      retryAfterMs?: number;
    }
  /** The target could not be reached, or broke off. */
  | { kind: "unreachable" }
  /** It took the request but did not answer in time. */
  | { kind: "timed_out" }
  /** Nothing is known of the target: the request was cancelled or never sent. */
  | { kind: "unsent" };

/** Leave to send one request to the target. Release it once the exchange has ended, whatever came of it. */
export interface RequestPermit {
  release(outcome: RequestOutcome): void;
}

/**
 * Why there is no permit. `exhausted`: the scan's requests are used up. `cancelled`: the signal fired, or the scan was
 * stopped. `unreachable`: the target has not answered for so long that nothing is sent to it for a while.
 */
export type NoPermit = "exhausted" | "cancelled" | "unreachable";

/**
 * A target's budget over all workers, scans and plugins. The broker takes a permit before every wire request:
 * redirects, retries and controls included.
 */
export interface RequestBudget {
  /** Waits for the next slot. */
  acquire(signal: AbortSignal): Promise<RequestPermit | NoPermit>;
}

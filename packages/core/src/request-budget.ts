/** Leave to send one request to the target. Release it when the exchange has ended, whatever its outcome. */
export interface RequestPermit {
  release(): Promise<void>;
}

/**
 * A target's budget over all workers, scans and plugins. The broker takes a permit before every wire request:
 * redirects, retries and controls included.
 */
export interface RequestBudget {
  /** Waits for the next slot. `exhausted`: the scan's requests are used up. `cancelled`: the signal fired. */
  acquire(signal: AbortSignal): Promise<RequestPermit | "exhausted" | "cancelled">;
}

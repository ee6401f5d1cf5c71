import type { NoPermit, RequestPermit } from "@picket/core";

/** A scan's share in its target's budget. */
export interface PacedScan {
  scanId: string;
  /** Requests per second to the target. */
  rps: number;
  /** Requests in flight to the target at the same time. */
  concurrency: number;
  /** Requests that the scan may make in all. */
  maxRequests: number;
  /** Requests of the scan that are known to have been made. */
  made: number;
}

/** How many requests of a scan wait without being counted. */
export interface Uncounted {
  scan: PacedScan;
  wanted: number;
}

/** What a scan was granted. */
export interface Counted {
  isStopped: boolean;
  granted: number;
  made: number;
}

/** Requests that wait for their turn, of all scans in the order in which they came. */
export interface WaitingLine {
  join(scan: PacedScan, signal: AbortSignal): Promise<RequestPermit | NoPermit>;
  length(): number;
  /** Of them, those that are counted. */
  countedLength(): number;
  uncounted(): Uncounted[];
  count(scan: PacedScan, counted: Counted): void;
  /** Lets the first one go that is counted; false when there is none. */
  admit(permit: () => RequestPermit): boolean;
  refuse(reason: NoPermit, scanId?: string): void;
}

interface Waiter {
  scan: PacedScan;
  isCounted: boolean;
  settle(result: RequestPermit | NoPermit): void;
}

/** `onLeave`: one gave up. */
export function createWaitingLine(onLeave: () => void): WaitingLine {
  const waiters = new Set<Waiter>();
  /** Requests that were counted for one who then did not go, by scan: the next one of the scan takes them. */
  const spare = new Map<string, number>();
  let counted = 0;

  function settle(waiter: Waiter, result: RequestPermit | NoPermit): void {
    if (!waiters.delete(waiter)) return;
    if (waiter.isCounted) counted -= 1;
    const { scanId } = waiter.scan;
    if (typeof result === "string" && waiter.isCounted) spare.set(scanId, (spare.get(scanId) ?? 0) + 1);
    waiter.settle(result);
  }

  function takeSpare(scanId: string): boolean {
    const left = spare.get(scanId) ?? 0;
    if (left > 1) spare.set(scanId, left - 1);
    else spare.delete(scanId);
    return left > 0;
  }

  const refuse = (reason: NoPermit, scanId?: string) => {
    for (const waiter of [...waiters]) {
      if (scanId === undefined || waiter.scan.scanId === scanId) settle(waiter, reason);
    }
    if (scanId !== undefined) spare.delete(scanId);
  };

  return {
    join(scan, signal) {
      const { promise, resolve } = Promise.withResolvers<RequestPermit | NoPermit>();
      const leave = () => {
        settle(waiter, "cancelled");
        onLeave();
      };
      const waiter: Waiter = {
        scan,
        isCounted: takeSpare(scan.scanId),
        settle(result) {
          signal.removeEventListener("abort", leave);
          resolve(result);
        },
      };
      waiters.add(waiter);
      if (waiter.isCounted) counted += 1;
      signal.addEventListener("abort", leave, { once: true });
      return promise;
    },
    length: () => waiters.size,
    countedLength: () => counted,
    uncounted() {
      const byScan = Map.groupBy(
        [...waiters].filter(({ isCounted }) => !isCounted),
        ({ scan }) => scan,
      );
      return [...byScan].map(([scan, { length }]) => ({ scan, wanted: length }));
    },
    count(scan, { isStopped, granted, made }) {
      scan.made = Math.max(scan.made, made);
      if (isStopped) return refuse("cancelled", scan.scanId);
      const uncounted = [...waiters].filter((waiter) => waiter.scan === scan && !waiter.isCounted);
      for (const waiter of uncounted.slice(0, granted)) waiter.isCounted = true;
      counted += Math.min(granted, uncounted.length);
      if (made < scan.maxRequests) return;
      for (const waiter of uncounted.slice(granted)) settle(waiter, "exhausted");
    },
    admit(permit) {
      for (const waiter of waiters) {
        if (!waiter.isCounted) continue;
        settle(waiter, permit());
        return true;
      }
      return false;
    },
    refuse,
  };
}

import type { RequestBudget } from "@picket/core";
import { connect, type QueueConnection, queueUnavailable, quiet } from "../redis.ts";
import { RENEW, RESERVE } from "./reserve-script.ts";
import { createScanBudget, type Reservation } from "./scan-budget.ts";

export interface ScanBudget {
  targetId: string;
  scanId: string;
  /** Requests per second to the target, over all workers, scans and plugins. */
  rps: number;
  /** Requests in flight to the target at the same time, over all of them. */
  concurrency: number;
  /** Requests that the scan may make in all. */
  maxRequests: number;
  /** Requests of the scan that are recorded already: it stands in for what an emptied Redis forgot. Default 0. */
  usedRequests?: number;
}

/** Budgets of targets, shared through Redis by every process that uses the same prefix. */
export interface TargetBudgets {
  /** The budget as one module run sees it. While Redis is away, `acquire` waits: nothing is sent without leave. */
  forScan(scan: ScanBudget): RequestBudget;
  /** As soon as Redis knows, every `acquire` for the scan is `cancelled`, in all processes. */
  stopScan(scanId: string): void;
  close(): void;
}

/** Slots are this much slower than the rate allows: timers and networks squeeze some of them together. */
const PACE = 0.97;
/** Time for three renewals to be late before a request in flight is forgotten. */
const LEASE_MS = 8_000;
const STOP_SECONDS = 86_400;

export interface TargetBudgetsOptions extends QueueConnection {
  /** How long the requests in flight of a process that died count on, ms. Default 8_000. */
  leaseMs?: number;
}

export function createTargetBudgets(options: TargetBudgetsOptions): TargetBudgets {
  const { redisUrl, prefix, leaseMs = LEASE_MS } = options;
  const onConnectionError = quiet(options.onConnectionError);
  const redis = connect({ redisUrl, onConnectionError }, { maxRetriesPerRequest: null });
  /** Leases that this process holds, by the key they are kept under. */
  const held = new Map<string, Set<string>>();

  const renewal = setInterval(() => {
    for (const [key, leases] of held) inBackground(redis.eval(RENEW, 1, key, leaseMs, ...leases));
  }, leaseMs / 4);

  function inBackground(command: Promise<unknown>): void {
    command.catch(onConnectionError);
  }

  function free(key: string, lease: string): void {
    const leases = held.get(key);
    leases?.delete(lease);
    if (leases?.size === 0) held.delete(key);
    inBackground(redis.zrem(key, lease));
  }

  function keysOf({ targetId, scanId }: ScanBudget) {
    const [target, scan] = [`${prefix}:budget:target:${targetId}`, `${prefix}:budget:scan:${scanId}`];
    return {
      next: `${target}:next`,
      leases: `${target}:leases`,
      requests: `${scan}:requests`,
      stop: `${scan}:stop`,
    };
  }

  return {
    forScan(scan) {
      const { next, leases, requests, stop } = keysOf(scan);
      const intervalUs = Math.ceil(1_000_000 / (scan.rps * PACE));
      const { concurrency, maxRequests } = scan;
      let used = scan.usedRequests ?? 0;
      return createScanBudget({
        intervalMs: intervalUs / 1_000,
        async reserve(lease) {
          const limits = [intervalUs, concurrency, maxRequests, used, lease, leaseMs];
          const reply = await redis
            .eval(RESERVE, 4, next, leases, requests, stop, ...limits)
            .catch((error) => Promise.reject(queueUnavailable(error)));
          const [outcome, waitUs, count] = reply as [Reservation["outcome"], number, number];
          used = Math.max(used, count);
          return { outcome, waitMs: waitUs / 1_000 };
        },
        hold: (lease) => held.set(leases, (held.get(leases) ?? new Set()).add(lease)),
        free: (lease) => free(leases, lease),
      });
    },
    stopScan(scanId) {
      inBackground(redis.set(`${prefix}:budget:scan:${scanId}:stop`, "1", "EX", STOP_SECONDS));
    },
    close() {
      clearInterval(renewal);
      redis.disconnect();
    },
  };
}

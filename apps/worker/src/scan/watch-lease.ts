import { setTimeout as sleep } from "node:timers/promises";
import { toError } from "@picket/core";
import { type Attempt, type LeaseState, type RunCounters, readLease, renewLease } from "@picket/db";
import type { WorkerDeps } from "../worker-deps.ts";
import type { RunControl } from "./run-registry.ts";

/** How soon a run learns that its scan was cancelled, ms. */
const CHECK_MS = 1_000;

/**
 * Renews the run's lease every third of it until `ended` fires, and stops the run when the scan is cancelled, when
 * another worker took the run over, and when that may have happened because the database did not answer in time.
 */
export async function watchLease(
  { database, settings: { leaseMs }, logger }: Pick<WorkerDeps, "database" | "settings" | "logger">,
  run: Attempt,
  { control, counters, ended }: { control: RunControl; counters: () => RunCounters; ended: AbortSignal },
): Promise<void> {
  let renewedAt = performance.now();
  const look = async (): Promise<LeaseState> => {
    const lookedAt = performance.now();
    if (lookedAt - renewedAt < leaseMs / 3) return readLease(database.sql, run);
    const state = await renewLease(database.sql, { ...run, leaseMs, counters: counters() });
    renewedAt = lookedAt;
    return state;
  };
  while (await pause(Math.min(CHECK_MS, leaseMs / 3), ended)) {
    const state = await look().catch((thrown): LeaseState => {
      logger.warn("lease not renewed", { error: toError(thrown) });
      return performance.now() - renewedAt < leaseMs ? "held" : "lost";
    });
    if (state === "cancelled") control.stop("cancelled");
    if (state === "lost") control.stop("lease_lost");
  }
}

/** False when the signal fired. */
async function pause(ms: number, signal: AbortSignal): Promise<boolean> {
  await sleep(ms, undefined, { signal }).catch(() => undefined);
  return !signal.aborted;
}

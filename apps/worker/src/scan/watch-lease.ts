import { setTimeout as sleep } from "node:timers/promises";
import { type HealthSignal, toError } from "@picket/core";
import {
  type Attempt,
  type LeaseState,
  lockOpenScan,
  type RunCounters,
  readLease,
  renewLease,
  stopScan,
} from "@picket/db";
import { actorOf, type WorkerDeps } from "../worker-deps.ts";
import type { RunControl } from "./run-registry.ts";

/** How soon a run learns that its scan was cancelled or stopped, or that its own requests are to stop the scan, ms. */
const CHECK_MS = 1_000;

/** After a first look that the database did not answer, ms; the pause doubles with each. */
const FIRST_RETRY_MS = 100;
const LONGEST_RETRY_MS = 400;

export interface Watched {
  control: RunControl;
  counters(): RunCounters;
  /** Why the run's requests leave no point in going on; null while they do not. */
  problem(): HealthSignal | null;
  ended: AbortSignal;
}

/**
 * Renews the run's lease every third of it until `ended` fires, and stops the run when the scan is cancelled, when
 * another worker took the run over, and when that may have happened because the database did not answer in time. Stops
 * the scan as soon as `problem` names a signal.
 */
export async function watchLease(
  deps: Pick<WorkerDeps, "database" | "logger" | "workerId"> & {
    settings: Pick<WorkerDeps["settings"], "leaseMs">;
  },
  run: Attempt & { scanId: string },
  { control, counters, problem, ended }: Watched,
): Promise<void> {
  const { database, logger } = deps;
  const { leaseMs } = deps.settings;
  let renewedAt = performance.now();
  let failures = 0;
  const look = async (): Promise<LeaseState> => {
    const lookedAt = performance.now();
    const isDue = lookedAt - renewedAt >= leaseMs / 3;
    const state = isDue
      ? await renewLease(database.sql, { ...run, leaseMs, counters: counters() })
      : await readLease(database.sql, run);
    if (isDue) renewedAt = lookedAt;
    failures = 0;
    return state;
  };
  while (await pause(nextLookMs(failures, leaseMs), ended)) {
    const state = await look().catch((thrown): LeaseState => {
      failures += 1;
      logger.warn("lease not renewed", { error: toError(thrown) });
      return performance.now() - renewedAt < leaseMs ? "held" : "lost";
    });
    if (state === "cancelled") control.stop("cancelled");
    if (state === "stopped") control.stop("unhealthy");
    const signal = problem();
    if (state === "held" && signal) await stopWith(deps, run, signal);
    if (state === "lost") control.stop("lease_lost");
  }
}

/** Sooner after looks that failed, so that a run goes on, or ends, as soon as the database is back. */
function nextLookMs(failures: number, leaseMs: number): number {
  return failures === 0
    ? Math.min(CHECK_MS, leaseMs / 3)
    : Math.min(LONGEST_RETRY_MS, FIRST_RETRY_MS * 2 ** (failures - 1));
}

/** The run itself learns of it with its next look at the lease. */
async function stopWith(
  { database, logger, workerId }: Pick<WorkerDeps, "database" | "logger" | "workerId">,
  { scanId }: { scanId: string },
  signal: HealthSignal,
): Promise<void> {
  try {
    await database.transaction(async (sql) => {
      const scan = await lockOpenScan(sql, scanId);
      if (scan?.mode === "recheck") return;
      if (scan) await stopScan(sql, { scanId, signal, actor: actorOf({ workerId }) });
    });
  } catch (thrown) {
    logger.warn("scan not stopped", { signal: signal.code, error: toError(thrown) });
  }
}

/** False when the signal fired. */
async function pause(ms: number, signal: AbortSignal): Promise<boolean> {
  await sleep(ms, undefined, { signal }).catch(() => undefined);
  return !signal.aborted;
}

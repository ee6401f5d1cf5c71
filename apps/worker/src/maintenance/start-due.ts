import { toError } from "@picket/core";
import { dueRechecks, dueSchedules, runSchedule, startDueRecheck } from "@picket/db";
import type { WorkerDeps } from "../worker-deps.ts";

type Deps = Pick<WorkerDeps, "database" | "queue" | "logger">;

/**
 * Starts what is due by the clock: scans of schedules, and rechecks. Every worker looks; what another has in hand is
 * passed over. One that fails does not keep the others from starting, and is tried again.
 */
export async function startDue(deps: Deps, engineVersion: string): Promise<void> {
  const { database } = deps;
  for (const id of await dueSchedules(database.sql))
    await wakeAll(deps, { scheduleId: id }, () => runSchedule(database, id, engineVersion));
  for (const id of await dueRechecks(database.sql))
    await wakeAll(deps, { recheckId: id }, () => startDueRecheck(database, id, engineVersion));
}

/** What the queue does not take now, the sweeper finds in the database. */
async function wakeAll(
  { queue, logger }: Deps,
  what: Record<string, string>,
  start: () => Promise<string[]>,
): Promise<void> {
  try {
    for (const scanId of await start()) await queue.enqueueAdvance(scanId);
  } catch (thrown) {
    logger.warn("what is due was not started or not enqueued", { ...what, error: toError(thrown) });
  }
}

import { toError } from "@picket/core";
import { startDueRecheck } from "@picket/db";
import type { WorkerDeps } from "../worker-deps.ts";

type Deps = Pick<WorkerDeps, "database" | "queue" | "logger">;

/** Starts every recheck that is due and that no other worker has in hand. */
export async function startDue(deps: Deps, engineVersion: string): Promise<void> {
  for (;;) {
    const started = await startDueRecheck(deps.database, engineVersion);
    if (!started) return;
    if (started.scanId !== null) await wake(deps, started.scanId);
  }
}

/** Never throws: what the queue does not take now, the sweeper finds in the database. */
async function wake({ queue, logger }: Deps, scanId: string): Promise<void> {
  try {
    await queue.enqueueAdvance(scanId);
  } catch (thrown) {
    logger.warn("scan not enqueued, the sweeper will do it", { scanId, error: toError(thrown) });
  }
}

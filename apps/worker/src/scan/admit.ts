import { toError } from "@picket/core";
import { admitRuns } from "@picket/db";
import type { WorkerDeps } from "../worker-deps.ts";

/** Gives waiting runs the slots that are free, and wakes workers up for them. What fails is done by the next sweep. */
export async function admit({
  database,
  queue,
  logger,
}: Pick<WorkerDeps, "database" | "queue" | "logger">): Promise<void> {
  try {
    const runs = await admitRuns(database);
    await queue.enqueueModuleRuns(runs.map(({ mode, ...job }) => ({ job, mode })));
  } catch (thrown) {
    logger.warn("module runs not enqueued, the sweeper will do it", { error: toError(thrown) });
  }
}

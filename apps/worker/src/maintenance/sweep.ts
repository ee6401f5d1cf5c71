import { reapExpiredRuns, scansToAdvance } from "@picket/db";
import { advanceScan } from "../scan/advance-scan.ts";
import { actorOf, type WorkerDeps } from "../worker-deps.ts";

/**
 * Finds what was lost and sets it going again: runs whose worker died, scans past their deadline, scans that nothing
 * would wake up because their job is gone. Every worker does it; what another has in hand is passed over.
 */
export async function sweep(
  deps: Pick<WorkerDeps, "database" | "queue" | "budgets" | "logger" | "workerId">,
): Promise<void> {
  const robbed = await reapExpiredRuns(deps.database, actorOf(deps));
  if (robbed.length > 0) deps.logger.warn("module runs of dead workers taken back", { scanIds: robbed });
  for (const scanId of await scansToAdvance(deps.database.sql))
    await advanceScan(deps, scanId, { skipLocked: true });
}

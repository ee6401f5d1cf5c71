import { toError } from "@picket/core";
import {
  abandonScan,
  endUnofferedRuns,
  reapExpiredRuns,
  replanOvertakenScans,
  scansToAdvance,
} from "@picket/db";
import { admit } from "../scan/admit.ts";
import { advanceScan } from "../scan/advance-scan.ts";
import { actorOf, type WorkerDeps } from "../worker-deps.ts";

type Deps = Pick<WorkerDeps, "database" | "queue" | "budgets" | "logger" | "workerId">;

/**
 * Finds what was lost and sets it going again: runs whose worker died, runs whose code no worker has any more, scans
 * past their deadline, scans that nothing would wake up because their job is gone. Every worker does it; what another
 * has in hand is passed over.
 */
export async function sweep(deps: Deps): Promise<void> {
  const robbed = await reapExpiredRuns(deps.database, actorOf(deps));
  if (robbed.length > 0) deps.logger.warn("module runs of dead workers taken back", { scanIds: robbed });
  const replanned = await replanOvertakenScans(deps.database, actorOf(deps));
  if (replanned.length > 0)
    deps.logger.info("scans planned anew on what workers offer", { scanIds: replanned });
  const unoffered = await endUnofferedRuns(deps.database, actorOf(deps));
  if (unoffered.length > 0)
    deps.logger.warn("module runs ended, no worker has their code", { scanIds: unoffered });
  for (const scanId of await scansToAdvance(deps.database.sql)) await advanceOrAbandon(deps, scanId);
  await admit(deps);
}

/** A scan that cannot be taken further holds up no other one, and does not stay under way for ever. */
async function advanceOrAbandon(deps: Deps, scanId: string): Promise<void> {
  try {
    await advanceScan(deps, scanId, { skipLocked: true });
  } catch (thrown) {
    const isAbandoned = await abandonScan(deps.database, { scanId, actor: actorOf(deps) });
    const error = toError(thrown);
    if (isAbandoned) deps.logger.error("scan given up, its result could not be judged", { scanId, error });
    else deps.logger.warn("scan not taken further, will be tried again", { scanId, error });
  }
}

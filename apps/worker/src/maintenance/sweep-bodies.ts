import { namedBodies } from "@picket/db";
import { sweepOrphans } from "@picket/storage";
import type { WorkerDeps } from "../worker-deps.ts";

/** A body whose row has not come by then never gets one, ms. */
const MIN_AGE_MS = 86_400_000;

/** Deletes stored bodies that no fetch names. */
export async function sweepBodies({
  database,
  bodies,
  logger,
}: Pick<WorkerDeps, "database" | "bodies" | "logger">): Promise<void> {
  const result = await sweepOrphans(bodies, {
    olderThan: new Date(Date.now() - MIN_AGE_MS),
    findReferenced: (paths) => namedBodies(database.sql, paths),
  });
  logger.info("stored bodies swept", { ...result });
}

import { keepExceptions as keep } from "@picket/db";
import { actorOf, type WorkerDeps } from "../worker-deps.ts";

/** Writes down which exceptions have expired, reminds of those that soon will, and reports those that cover nothing. */
export async function keepExceptions(
  deps: Pick<WorkerDeps, "database" | "logger" | "workerId">,
): Promise<void> {
  const kept = await keep(deps.database, actorOf(deps));
  if (kept.expired + kept.reminded + kept.stale > 0)
    deps.logger.info("exceptions kept up to date", { ...kept });
}

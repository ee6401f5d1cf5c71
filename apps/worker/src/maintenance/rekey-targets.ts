import { DEDUPE_VERSION } from "@picket/core";
import { rekeyTarget, targetsWithOtherKeys } from "@picket/db";
import { actorOf, type WorkerDeps } from "../worker-deps.ts";

/**
 * Brings findings that an earlier version of the keys named to the present one, target by target, before this worker
 * stores anything: what is seen again must be found again. No finding changes its status.
 */
export async function rekeyTargets(
  deps: Pick<WorkerDeps, "database" | "logger" | "workerId">,
): Promise<void> {
  const { database, logger } = deps;
  const reason = `keys ${DEDUPE_VERSION}`;
  for (const targetId of await targetsWithOtherKeys(database.sql, DEDUPE_VERSION)) {
    await database.transaction((sql) =>
      rekeyTarget(sql, targetId, { rule: "key-scheme", reason, actor: actorOf(deps) }),
    );
    logger.info("findings brought to the present keys", { targetId, version: DEDUPE_VERSION });
  }
}

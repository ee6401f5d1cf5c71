import type { WorkerResource } from "@picket/core";
import { WORKER_SECONDS } from "../scans/admission-store.ts";
import type { Sql } from "../sql.ts";

/** The fleet, live workers first. One that died stays listed for some time. */
export function listWorkers(sql: Sql): Promise<WorkerResource[]> {
  return sql.query<WorkerResource>(
    `SELECT w.id, w.seen_at > now() - make_interval(secs => ${WORKER_SECONDS}) AS live, w.slots,
            (SELECT count(*)::int FROM module_run r WHERE r.status = 'running' AND r.worker_id = w.id) AS "inHand",
            w.started_at AS "startedAt", w.seen_at AS "seenAt"
     FROM worker w ORDER BY live DESC, w.id`,
  );
}

import type { ModuleProgress, ScanProgress } from "@picket/core";
import type { Sql } from "../sql.ts";

export interface ScanSnapshot {
  scan: ScanProgress;
  /** In the order of their stages, then by plugin. */
  modules: ModuleProgress[];
}

/** Where a scan stands now: what its event stream compares with what it told before. Null: there is no such scan. */
export async function readScanSnapshot(sql: Sql, scanId: string): Promise<ScanSnapshot | null> {
  const [row] = await sql.query<ScanProgress & Pick<ScanSnapshot, "modules">>(
    `SELECT s.id, s.status, s.started_at AS "startedAt", s.finished_at AS "finishedAt",
            s.cancel_requested_at AS "cancelRequestedAt",
            (SELECT coalesce(json_agg(json_build_object(
                      'id', m.id, 'plugin', m.plugin, 'stage', m.stage, 'status', m.status,
                      'exitReason', m.exit_reason, 'reason', m.reason, 'attempt', m.attempt, 'counters', m.counters)
                      ORDER BY m.stage, m.plugin), '[]')
             FROM module_run m WHERE m.scan_id = s.id) AS modules
     FROM scan s WHERE s.id = $1::uuid`,
    [scanId],
  );
  if (!row) return null;
  const { modules, ...scan } = row;
  return { scan, modules };
}

import type { HealthSignal, IsolationLevel } from "@picket/core";
import { appendAudit } from "../audit/audit-store.ts";
import type { Database } from "../database.ts";
import type { Sql } from "../sql.ts";
import { endQueuedRuns, endScan } from "./scan-store.ts";

/** Time after its deadline in which a scan may still be brought to its end; judging a large one takes seconds. */
const GRACE = "10 minutes";

/**
 * Ends as `failed` a scan that nothing brings to its end: what it found stays, and no finding changes by it. A recheck
 * is inconclusive. False, and nothing done, within 10 minutes after its deadline, while a run of it is in hand, and when
 * it has ended.
 */
export async function abandonScan(
  database: Database,
  { scanId, actor }: { scanId: string; actor: string },
): Promise<boolean> {
  return database.transaction(async (sql) => {
    const scan = await lockOverdue(sql, scanId);
    if (!scan) return false;
    await endQueuedRuns(sql, { scanId, status: "timed_out", actor });
    await sql.query(
      `UPDATE recheck SET verdict = 'inconclusive', reason = 'plugin_failed', finished_at = now()
       WHERE scan_id = $1::uuid AND finished_at IS NULL`,
      [scanId],
    );
    await endScan(sql, { scanId, status: "failed", health: [NOT_JUDGED], level: scan.level });
    const { code, level } = NOT_JUDGED;
    const params = { status: "failed", health: [{ code, level }] };
    await appendAudit(sql, { actor, action: "scan.completed", scanId, params });
    return true;
  });
}

const NOT_JUDGED: HealthSignal = {
  code: "not_judged",
  level: "high",
  detail: "the platform could not judge the result; findings are as the scan before left them",
};

async function lockOverdue(sql: Sql, scanId: string): Promise<{ level: IsolationLevel | null } | undefined> {
  const [scan] = await sql.query<{ level: IsolationLevel | null }>(
    `SELECT isolation_level AS level FROM scan s
     WHERE id = $1::uuid AND finished_at IS NULL AND deadline < now() - interval '${GRACE}'
       AND NOT EXISTS (SELECT 1 FROM module_run r WHERE r.scan_id = s.id AND r.status = 'running')
     FOR NO KEY UPDATE SKIP LOCKED`,
    [scanId],
  );
  return scan;
}

import type { ScanStatus } from "@picket/core";
import { waitFor } from "@picket/testing";
import type { Platform } from "./harness.ts";

export interface Run {
  id: string;
  plugin: string;
  status: string;
  exitReason: string | null;
  reason: string | null;
  attempt: number;
  workerId: string | null;
  isolationLevel: string | null;
  counters: Record<string, unknown>;
}

export function runsOf({ rows }: Platform, scanId: string): Promise<Run[]> {
  return rows<Run>(
    `SELECT id, plugin, status, exit_reason AS "exitReason", reason, attempt, worker_id AS "workerId",
            isolation_level AS "isolationLevel", counters
     FROM module_run WHERE scan_id = $1::uuid ORDER BY plugin`,
    scanId,
  );
}

export async function runOf(platform: Platform, scanId: string, plugin: string): Promise<Run> {
  const run = (await runsOf(platform, scanId)).find((each) => each.plugin === plugin);
  if (!run) throw new Error(`no run of ${plugin}`);
  return run;
}

/** Waits until the run has made so many requests, and returns it. */
export async function midRun(
  platform: Platform,
  scanId: string,
  plugin: string,
  { requests = 10, timeoutMs = 60_000 } = {},
): Promise<Run> {
  await waitFor(
    async () => {
      const [row] = await platform.rows<{ n: number }>(
        `SELECT count(*)::int AS n FROM "fetch" f JOIN module_run m ON m.id = f.module_run_id
         WHERE m.scan_id = $1::uuid AND m.plugin = $2`,
        scanId,
        plugin,
      );
      return (row?.n ?? 0) >= requests;
    },
    { timeoutMs, what: `${plugin} to be some way along` },
  );
  return runOf(platform, scanId, plugin);
}

/**
 * What a scan says, without ids, times, attempts and numbers of requests. Two scans of an unchanged target are equal
 * here; what is lost, doubled or judged otherwise shows.
 */
export interface ScanResult {
  status: ScanStatus;
  findings: object[];
  observations: object[];
  evidence: object[];
  endpoints: object[];
  /** Ends of module runs and of the scan in the audit. */
  ends: object[];
}

/** Evidence that is the same in every scan: what probes asks for something made up anew in each. */
const STABLE = "m.stage <> 'probe'";

const QUERIES: Record<Exclude<keyof ScanResult, "status">, string> = {
  findings: `SELECT f.dedupe_key, f.title, f.severity, f.status, f.confidence_score, count(*)::int AS n
    FROM finding f WHERE f.id IN (SELECT finding_id FROM observation WHERE scan_id = $1::uuid)
    GROUP BY f.id ORDER BY 1`,
  observations: `SELECT f.dedupe_key, i.instance_key, i.url, m.plugin, count(*)::int AS n,
      array_agg(DISTINCT e.hash ORDER BY e.hash) FILTER (WHERE ${STABLE}) AS evidence
    FROM observation o JOIN finding f ON f.id = o.finding_id JOIN instance i ON i.id = o.instance_id
    JOIN module_run m ON m.id = o.module_run_id JOIN evidence e ON e.id = ANY (o.evidence_ids)
    WHERE o.scan_id = $1::uuid GROUP BY f.id, i.id, m.plugin ORDER BY 1, 2, 4`,
  evidence: `SELECT e.hash, e.snippet, m.plugin, count(*)::int AS n FROM evidence e
    JOIN module_run m ON m.id = e.module_run_id WHERE m.scan_id = $1::uuid AND ${STABLE} GROUP BY 1, 2, 3 ORDER BY 1, 3`,
  endpoints: `SELECT e.endpoint_key, count(*)::int AS n FROM scan_endpoint s JOIN endpoint e ON e.id = s.endpoint_id
    WHERE s.scan_id = $1::uuid GROUP BY 1 ORDER BY 1`,
  ends: `SELECT action::text, params->>'plugin' AS plugin, params->>'status' AS status, count(*)::int AS n
    FROM audit_event WHERE scan_id = $1::uuid AND action IN ('module.run', 'scan.completed')
    GROUP BY 1, 2, 3 ORDER BY 1, 2, 3`,
};

/** Waits for the scan's end. */
export async function scanResult(
  platform: Platform,
  scanId: string,
  timeoutMs = 120_000,
): Promise<ScanResult> {
  const status = await platform.scanEnd(scanId, timeoutMs);
  const lists = await Promise.all(
    Object.entries(QUERIES).map(async ([name, text]) => [name, await platform.rows(text, scanId)]),
  );
  return { status, ...Object.fromEntries(lists) };
}

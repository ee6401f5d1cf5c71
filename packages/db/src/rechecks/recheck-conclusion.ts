import {
  CHANGE_RULES,
  type CoverageHealth,
  type DetectorLook,
  exchangeHealth,
  isControlHealthy,
  type ModuleRunStatus,
  REPLAY,
  type RecheckDecision,
  type RecheckFacts,
  uuidv7,
  worstHealth,
} from "@picket/core";
import type { Replay } from "../scans/plan-scan.ts";
import type { Sql } from "../sql.ts";

/** A recheck whose scan ends. */
export interface EndingRecheck {
  recheckId: string;
  findingId: string;
  facts: RecheckFacts;
}

interface RunRow {
  id: string;
  plugin: string;
  status: ModuleRunStatus;
  failures: Record<string, number> | null;
  emitsIt: boolean;
  config: unknown;
  isActive: boolean;
}

interface FetchRow {
  runId: string;
  method: string;
  url: string;
  status: number | null;
  failure: string | null;
}

/** What is stored about the scan of a recheck; null when the scan is none. Locks the finding's row. */
export async function endingRecheck(
  sql: Sql,
  { scanId, isCancelled }: { scanId: string; isCancelled: boolean },
): Promise<EndingRecheck | null> {
  const [recheck] = await sql.query<{
    id: string;
    findingId: string;
    baseUrl: string;
    isSeen: boolean;
    isSeenMeanwhile: boolean | null;
  }>(
    `SELECT r.id, r.finding_id AS "findingId", t.base_url AS "baseUrl",
            EXISTS (SELECT 1 FROM observation WHERE scan_id = r.scan_id AND finding_id = f.id) AS "isSeen",
            f.last_seen_scan_id <> s.id AND f.last_seen_at > s.started_at AS "isSeenMeanwhile"
     FROM recheck r JOIN scan s ON s.id = r.scan_id
     JOIN finding f ON f.id = r.finding_id JOIN target t ON t.id = f.target_id
     WHERE r.scan_id = $1::uuid AND r.finished_at IS NULL FOR NO KEY UPDATE OF f`,
    [scanId],
  );
  if (!recheck) return null;
  const runs = await runsOf(sql, scanId, recheck.findingId);
  const fetches = await fetchesOf(sql, scanId);
  const replayRun = runs.find(({ plugin }) => plugin === REPLAY.plugin);
  const replay = replayRun?.config as Replay;
  const detectors = runs.filter((run) => run !== replayRun);
  const control = fetches.find(({ runId, url }) => runId === replayRun?.id && url === recheck.baseUrl);
  return {
    recheckId: recheck.id,
    findingId: recheck.findingId,
    facts: {
      isSeen: recheck.isSeen,
      isSeenMeanwhile: recheck.isSeenMeanwhile ?? false,
      isCancelled,
      isControlHealthy: isControlHealthy(control?.status ?? null),
      isPartial: replay.isPartial,
      looks: detectors.map((run) => lookOf(run, { replay, replayRun, fetches })),
    },
  };
}

/** A detector that asks itself is judged by its own exchanges, one that reads by those that were replayed for it. */
function lookOf(
  run: RunRow,
  { replay, replayRun, fetches }: { replay: Replay; replayRun: RunRow | undefined; fetches: FetchRow[] },
): DetectorLook {
  const asker = run.isActive ? run : replayRun;
  const own = fetches.filter(({ runId }) => runId === asker?.id);
  const unsent = unsentHealth(asker);
  const places = replay.places.map(({ method, url }) => {
    const there = own.filter((fetch) => fetch.method === method && fetch.url === url);
    return unsent ?? worstHealth(there.map(outcomeOf));
  });
  return { status: run.status, isChanged: !run.emitsIt, places };
}

/** What kept requests from being sent at all leaves no exchange, only a count. */
function unsentHealth(run: RunRow | undefined): CoverageHealth | null {
  const [failure] = Object.keys(run?.failures ?? {});
  return failure === undefined ? null : exchangeHealth({ failure });
}

function outcomeOf({ status, failure }: FetchRow): { status: number } | { failure: string } {
  return status === null ? { failure: failure ?? "invalid_response" } : { status };
}

async function runsOf(sql: Sql, scanId: string, findingId: string): Promise<RunRow[]> {
  return sql.query(
    `SELECT r.id, r.plugin, r.status, r.counters->'failures' AS failures, r.config,
            coalesce(p.manifest->'emits' ? f.type, false) AS "emitsIt",
            coalesce(p.manifest->>'requiredCapabilities' LIKE '%"http:%', false) AS "isActive"
     FROM module_run r
     JOIN finding f ON f.id = $2::uuid
     LEFT JOIN plugin_release p ON p.name = r.plugin AND p.code_digest = r.code_digest
     WHERE r.scan_id = $1::uuid`,
    [scanId, findingId],
  );
}

async function fetchesOf(sql: Sql, scanId: string): Promise<FetchRow[]> {
  return sql.query(
    `SELECT module_run_id AS "runId", method, url, status, failure FROM "fetch"
     WHERE scan_id = $1::uuid AND origin = 'broker' ORDER BY id`,
    [scanId],
  );
}

/** Writes the verdict and what follows from it for the finding, and tells the outbox. Other findings stay as they are. */
export async function concludeRecheck(
  sql: Sql,
  { recheckId, findingId }: EndingRecheck,
  { scanId, decision: { verdict, reason } }: { scanId: string; decision: RecheckDecision },
): Promise<void> {
  await sql.query(
    `UPDATE recheck SET verdict = $2::recheck_verdict, reason = $3, finished_at = now() WHERE id = $1::uuid`,
    [recheckId, verdict, reason],
  );
  if (verdict === "absent") await makeFixed(sql, { findingId, scanId });
  if (verdict === "present") await keepOpen(sql, { findingId, scanId });
  await sql.query(
    `INSERT INTO outbox_event (id, type, payload)
     SELECT $2::uuid, 'recheck.completed',
            jsonb_build_object('recheckId', r.id, 'findingId', r.finding_id, 'scanId', r.scan_id,
                               'verdict', r.verdict, 'reason', r.reason, 'claimedBy', r.claimed_by)
     FROM recheck r WHERE r.id = $1::uuid`,
    [recheckId, uuidv7()],
  );
}

const NO_CLAIM = "fix_claimed_by = NULL, fix_claimed_at = NULL";

async function makeFixed(
  sql: Sql,
  { findingId, scanId }: { findingId: string; scanId: string },
): Promise<void> {
  const fixed = await sql.query(
    `UPDATE finding SET status = 'fixed', fixed_at = now(), is_news = false, ${NO_CLAIM}, last_change = 'fixed',
            last_change_scan_id = $2::uuid, last_change_reason = NULL, last_change_cause = NULL, updated_at = now()
     WHERE id = $1::uuid AND status = 'open' RETURNING id`,
    [findingId, scanId],
  );
  if (fixed.length === 0) return;
  await sql.query("UPDATE instance SET fixed_at = now() WHERE finding_id = $1::uuid AND fixed_at IS NULL", [
    findingId,
  ]);
  await insertChange(sql, { findingId, scanId, change: "fixed" });
}

/** Seeing it has opened it again already. What says that it was fixed is its last change. */
async function keepOpen(
  sql: Sql,
  { findingId, scanId }: { findingId: string; scanId: string },
): Promise<void> {
  await sql.query(`UPDATE finding SET ${NO_CLAIM} WHERE id = $1::uuid`, [findingId]);
  const reopened = await sql.query(
    `UPDATE finding SET is_news = true, last_change = 'reopened', last_change_scan_id = $2::uuid,
            last_change_reason = NULL, last_change_cause = NULL, updated_at = now()
     WHERE id = $1::uuid AND status = 'open' AND last_change = 'fixed' RETURNING id`,
    [findingId, scanId],
  );
  if (reopened.length > 0) await insertChange(sql, { findingId, scanId, change: "reopened" });
}

async function insertChange(
  sql: Sql,
  { findingId, scanId, change }: { findingId: string; scanId: string; change: "fixed" | "reopened" },
): Promise<void> {
  await sql.query(
    `INSERT INTO finding_change (scan_id, finding_id, change, rules_version)
     VALUES ($1::uuid, $2::uuid, $3::change, $4::int)`,
    [scanId, findingId, change, CHANGE_RULES],
  );
}

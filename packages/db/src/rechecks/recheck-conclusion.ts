import {
  type AuthFacts,
  CHANGE_RULES,
  type ControlAnswer,
  type CoverageHealth,
  type DetectorLook,
  type ExchangeOutcome,
  exchangeHealth,
  isControlHealthy,
  type ModuleRunStatus,
  placeHealth,
  REPLAY,
  REPLAYED_METHODS,
  type RecheckDecision,
  type RecheckFacts,
  uuidv7,
  worstHealth,
} from "@picket/core";
import { markPlacesFixed } from "../changes/change-store.ts";
import { gaveUpSql, LOST_TYPES } from "../identity/made-of-sql.ts";
import type { Replay } from "../scans/plan-scan.ts";
import type { Sql } from "../sql.ts";
import { type StoredPlace, storedPlaces } from "./stored-places.ts";

/** A recheck whose scan ends. */
export interface EndingRecheck {
  recheckId: string;
  findingId: string;
  facts: RecheckFacts;
}

interface RunRow {
  id: string | null;
  plugin: string;
  /** Null: the finding is attributed to it, but the recheck was not planned with it. */
  status: ModuleRunStatus | null;
  failures: Record<string, number> | null;
  /** Null: it had no session to use. */
  auth: Pick<AuthFacts, "provenAtEnd"> | null;
  /** Its release is not known, or gave up a type that the finding is made of. */
  isChanged: boolean;
  config: unknown;
  isActive: boolean;
}

interface FetchRow {
  runId: string;
  method: string;
  url: string;
  status: number | null;
  failure: string | null;
  /** Where a redirect leads to. */
  location: string | null;
  contentType: string | null;
  bodyBytes: number;
}

/** What is stored about the scan of a recheck; null when the scan is none. Locks the finding's row. */
export async function endingRecheck(
  sql: Sql,
  { scanId, isCancelled }: { scanId: string; isCancelled: boolean },
): Promise<EndingRecheck | null> {
  const [recheck] = await sql.query<{
    id: string;
    findingId: string;
    isDeleted: boolean;
    isSeen: boolean;
    isSeenMeanwhile: boolean | null;
  }>(
    `SELECT r.id, r.finding_id AS "findingId", f.status = 'soft_deleted' AS "isDeleted",
            EXISTS (SELECT 1 FROM observation WHERE scan_id = r.scan_id AND finding_id = f.id) AS "isSeen",
            f.last_seen_scan_id <> s.id AND f.last_seen_at > s.started_at AS "isSeenMeanwhile"
     FROM recheck r JOIN scan s ON s.id = r.scan_id JOIN finding f ON f.id = r.finding_id
     WHERE r.scan_id = $1::uuid AND r.finished_at IS NULL FOR NO KEY UPDATE OF f`,
    [scanId],
  );
  if (!recheck) return null;
  const { id: recheckId, findingId, isSeenMeanwhile, ...facts } = recheck;
  const runs = await runsOf(sql, scanId, findingId);
  const fetches = await fetchesOf(sql, scanId);
  const replayRun = runs.find(({ plugin }) => plugin === REPLAY.plugin);
  const replay = replayRun?.config as Replay;
  const detectors = runs.filter((run) => run !== replayRun);
  const stored = await storedPlaces(sql, findingId, replay.places.length);
  const looked = { stored: stored.places, replayRun, fetches };
  const answer = (url?: string) =>
    fetches.find((fetch) => fetch.runId === replayRun?.id && fetch.url === url);
  return {
    recheckId,
    findingId,
    facts: {
      ...facts,
      isSeenMeanwhile: isSeenMeanwhile ?? false,
      isCancelled,
      isControlHealthy: isControlHealthy({
        before: replay.control,
        now: controlAnswer(answer(replay.control?.url)),
        nowhere: controlAnswer(answer(replay.nowhere)),
      }),
      isPartial:
        replay.isPartial || stored.isPartial || stored.places.some(({ place }) => !has(replay, place)),
      isMethodLeftOut:
        detectors.some(({ isActive }) => !isActive) &&
        replay.places.some(({ method }) => !REPLAYED_METHODS.includes(method)),
      looks: detectors.map((run) => lookOf(run, looked)),
    },
  };
}

/** Whether a place is one that the recheck was planned for; a merge or a scan may have added others since. */
function has({ places }: Replay, { method, url, parameter }: Replay["places"][number]): boolean {
  return places.some(
    (place) =>
      place.method === method &&
      place.url === url &&
      place.parameter?.name === parameter?.name &&
      place.parameter?.in === parameter?.in,
  );
}

function controlAnswer(fetch: FetchRow | undefined): ControlAnswer | null {
  if (!fetch || fetch.status === null) return null;
  const { status, contentType, bodyBytes } = fetch;
  return { status, contentType, bodyBytes };
}

/**
 * A detector that asks itself is judged by its own exchanges, at the places where it saw the finding, or at all when none
 * is known; one that reads by those that were replayed, at all places. Without any place it has not looked at all.
 */
function lookOf(
  run: RunRow,
  {
    stored,
    replayRun,
    fetches,
  }: { stored: StoredPlace[]; replayRun: RunRow | undefined; fetches: FetchRow[] },
): DetectorLook {
  const asker = run.isActive ? run : replayRun;
  const own = fetches.filter(({ runId }) => runId === asker?.id);
  const unsent = unsentHealth(asker);
  const known = stored.filter(({ seenBy }) => seenBy.length === 0 || seenBy.includes(run.plugin));
  const places = (run.isActive && known.length > 0 ? known : stored).map(
    ({ place: { method, url }, whenFound }) => {
      const there = own.filter((fetch) => fetch.method === method && fetch.url === url);
      return placeHealth({ now: unsent ?? worstHealth(there.map(outcomeOf)), whenFound });
    },
  );
  return { status: run.status, isChanged: run.isChanged, places: places.length > 0 ? places : [null] };
}

/** What kept requests from being sent at all leaves no exchange, only a count. */
function unsentHealth(run: RunRow | undefined): CoverageHealth | null {
  if (run?.auth && !run.auth.provenAtEnd) return "auth_lost";
  const [failure] = Object.keys(run?.failures ?? {});
  return failure === undefined ? null : exchangeHealth({ failure });
}

function outcomeOf({ status, failure, location }: FetchRow): ExchangeOutcome {
  if (status === null) return { failure: failure ?? "invalid_response" };
  return { status, location: location ?? undefined };
}

async function runsOf(sql: Sql, scanId: string, findingId: string): Promise<RunRow[]> {
  return sql.query(
    `WITH ${LOST_TYPES}
     SELECT r.id, coalesce(r.plugin, a.plugin) AS plugin, r.status, r.counters->'failures' AS failures, r.counters->'auth' AS auth, r.config,
            p.id IS NULL OR ${gaveUpSql("r.plugin")} AS "isChanged",
            coalesce(p.manifest->>'requiredCapabilities' LIKE '%"http:%', false) AS "isActive"
     FROM (SELECT * FROM module_run WHERE scan_id = $1::uuid) r
     FULL JOIN (SELECT plugin FROM attribution WHERE finding_id = $2::uuid) a ON a.plugin = r.plugin
     JOIN finding f ON f.id = $2::uuid
     LEFT JOIN plugin_release p ON p.name = r.plugin AND p.code_digest = r.code_digest`,
    [scanId, findingId],
  );
}

async function fetchesOf(sql: Sql, scanId: string): Promise<FetchRow[]> {
  return sql.query(
    `SELECT module_run_id AS "runId", method, url, status, failure,
            response_meta->>'contentType' AS "contentType", body_size::float8 AS "bodyBytes",
            jsonb_path_query_first(response_meta, 'strict $.headers[*] ? (@[0] == "location")[1]') #>> '{}' AS location
     FROM "fetch"
     WHERE scan_id = $1::uuid AND origin = 'broker' ORDER BY id`,
    [scanId],
  );
}

/** Writes the verdict and what follows from it for the finding, and tells the outbox. Other findings stay as they are. */
export async function concludeRecheck(
  sql: Sql,
  { recheckId, findingId }: EndingRecheck,
  { scanId, decision }: { scanId: string; decision: RecheckDecision },
): Promise<void> {
  if (decision.verdict === "absent") await makeFixed(sql, { findingId, scanId });
  if (decision.verdict === "present") await keepOpen(sql, { findingId, scanId });
  await endRecheck(sql, recheckId, decision);
}

/** Writes the verdict, and tells the outbox. */
export async function endRecheck(
  sql: Sql,
  recheckId: string,
  { verdict, reason }: RecheckDecision,
): Promise<void> {
  await sql.query(
    `UPDATE recheck SET verdict = $2::recheck_verdict, reason = $3, finished_at = now() WHERE id = $1::uuid`,
    [recheckId, verdict, reason],
  );
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
  const places = await sql.query<{ id: string }>(
    "SELECT id FROM instance WHERE finding_id = $1::uuid AND fixed_at IS NULL",
    [findingId],
  );
  await markPlacesFixed(
    sql,
    scanId,
    places.map(({ id }) => id),
  );
  await insertChange(sql, { findingId, scanId, change: "fixed" });
}

/**
 * Seeing it has opened it again already. What says that it was fixed is its last change. A claim that was made after the
 * look began is not refuted by it.
 */
async function keepOpen(
  sql: Sql,
  { findingId, scanId }: { findingId: string; scanId: string },
): Promise<void> {
  await sql.query(
    `UPDATE finding SET ${NO_CLAIM} WHERE id = $1::uuid
       AND fix_claimed_at <= (SELECT created_at FROM scan WHERE id = $2::uuid)`,
    [findingId, scanId],
  );
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

import {
  type AuthFacts,
  type Capability,
  type CoverageHealth,
  type Environment,
  type ExitReason,
  type FetchFailure,
  type IsolationLevel,
  MAX_ATTEMPTS,
  MAX_RECHECK_REQUESTS,
  type ModuleRunStatus,
  type ProfileName,
  REPLAY,
  type RequestMark,
  type RequestPolicy,
  type ScopeRefusal,
  type ScopeRule,
  type Stage,
  type StorageMode,
} from "@picket/core";
import { appendAudit } from "../audit/audit-store.ts";
import { insertCoverage, type NewCoverage } from "../changes/coverage-store.ts";
import type { Database } from "../database.ts";
import { lockIdentity } from "../identity/target-identity.ts";
import { jsonParameter, textParameter } from "../json-parameter.ts";
import type { Sql } from "../sql.ts";
import { type Attempt, staleAttempt } from "./fence.ts";
import type { ModuleConfig } from "./module-config.ts";
import { type AuthProfileVersion, REPLAY_DIGEST, type Replay, scopeRules } from "./plan-scan.ts";

/** What a run has done so far, as stored in `counters`. Only what is not zero is there. */
export interface RunCounters {
  /** Requests that left for the target, redirects included. */
  requests?: number;
  /** Of these, those that looked for a finding type. One that looks for several counts for each; sessions for none. */
  requestsFor?: Readonly<Record<string, number>>;
  responses?: number;
  /** Requests that were answered from what an earlier attempt of the run was given, and not sent. */
  recalled?: number;
  /** Requests without a response, those that were not sent included. */
  failures?: Partial<Record<FetchFailure, number>>;
  /** Of those, the ones that scope refused. */
  refusals?: Partial<Record<ScopeRefusal, number>>;
  /** Of its own requests, those for places that are known to be there, by health. */
  exchanges?: Partial<Record<CoverageHealth, number>>;
  /** What it did to have and to prove its session; absent without one. */
  auth?: Partial<AuthFacts>;
  /** The same of the session that it compared with. */
  comparisonAuth?: Partial<AuthFacts>;
  /** Looks at places beyond those that a run keeps account of. */
  placesNotKept?: number;
  bodyBytes?: number;
  /** Events by kind; those in packs count as themselves. */
  events?: Record<string, number>;
  /** Endpoints and exchanges that were reported but lie outside the scope, by reason: they are not stored. */
  outOfScope?: Partial<Record<ScopeRefusal, number>>;
  /** What the plugin said in figures, by message: how much it covered, which of its caps it met. */
  notes?: Record<string, Record<string, number>>;
  firstMessageMs?: number;
  droppedLogLines?: number;
  /** How long its plugin was held back because it burned a processor, ms. */
  throttledMs?: number;
  /** 1: it ended because no worker offered its code. */
  unoffered?: number;
  /** Starts that a worker gave back, as when it was shutting down. */
  released?: number;
}

/** A run that is this worker's own until its lease ends, with all that is needed to run it. */
export interface ClaimedRun extends Attempt {
  scanId: string;
  plugin: string;
  stage: Stage;
  codeDigest: string;
  config: ModuleConfig;
  /** Until the scan's deadline, ms. */
  remainingMs: number;
  scanStartedAt: Date;
  profile: ProfileName;
  profileCapabilities: Capability[];
  storageMode: StorageMode;
  target: {
    id: string;
    projectId: string;
    baseUrl: string;
    environment: Environment;
    rps: number;
    concurrency: number;
    maxRequests: number;
  };
  /** How the target's owner has it asked; `mark` null: the installation's. */
  requests: RequestPolicy & { mark: RequestMark | null };
  scopeRules: ScopeRule[];
  /** A recheck's settings: what is replayed, and where its detectors look. Null in any other scan. */
  replay: Replay | null;
  /** The only finding that may be written: the one that is rechecked. Null in any other scan. */
  onlyFinding: string | null;
  /** Whose session it may use; null: nobody's. */
  authProfile: AuthProfileVersion | null;
  /** Whose session it may compare that with; null: nobody's. */
  comparisonAuthProfile: AuthProfileVersion | null;
  /** Requests that the scan is known to have made. */
  usedRequests: number;
}

export interface Claim extends Attempt {
  workerId: string;
  leaseMs: number;
  isolationLevel: IsolationLevel;
  /** The worker made this claim before and got no answer: if it was granted, it is granted again. Default false. */
  isRepeated?: boolean;
}

/** Which code a run needs, while `attempt` is its next start. Null: it started, ended, or is not there. */
export async function codeDigestToRun(sql: Sql, { moduleRunId, attempt }: Attempt): Promise<string | null> {
  const [run] = await sql.query<{ codeDigest: string }>(
    `SELECT code_digest AS "codeDigest" FROM module_run
     WHERE id = $1::uuid AND attempt = $2::int - 1 AND status = 'queued'`,
    [moduleRunId, attempt],
  );
  return run?.codeDigest ?? null;
}

/**
 * Starts a run: only when `attempt` is its next one, its stage is the scan's current one, and the scan runs, is not
 * being cancelled and is not past its deadline. Null otherwise: then it is not this worker's business.
 */
export async function claimModuleRun(database: Database, claim: Claim): Promise<ClaimedRun | null> {
  return database.transaction(async (sql) => {
    // The scan first, as everywhere: it cannot be cancelled or ended until the run has started.
    const scan = await sql.query(
      `SELECT 1 FROM scan WHERE id = (SELECT scan_id FROM module_run WHERE id = $1::uuid)
         AND status = 'running' AND cancel_requested_at IS NULL AND stopped_by IS NULL AND deadline > now() FOR SHARE`,
      [claim.moduleRunId],
    );
    if (scan.length === 0 || !(await startRun(sql, claim))) return null;
    return claimedRun(sql, claim);
  });
}

async function startRun(sql: Sql, claim: Claim): Promise<boolean> {
  const started = await sql.query(
    `UPDATE module_run r
     SET status = 'running', admitted_at = NULL, attempt = $2, worker_id = $3, lease_until = now() + $4::int * interval '1 ms',
         started_at = coalesce(started_at, now()), isolation_level = $5::isolation_level
     WHERE id = $1::uuid AND (attempt = $2::int - 1 AND status = 'queued' AND NOT EXISTS (
         SELECT 1 FROM module_run earlier
         WHERE earlier.scan_id = r.scan_id AND earlier.stage < r.stage AND earlier.finished_at IS NULL)
       OR $6 AND attempt = $2::int AND status = 'running' AND worker_id = $3)
     RETURNING id`,
    [
      claim.moduleRunId,
      claim.attempt,
      claim.workerId,
      claim.leaseMs,
      claim.isolationLevel,
      claim.isRepeated === true,
    ],
  );
  return started.length > 0;
}

type ClaimedRow = Omit<ClaimedRun, keyof Attempt | "scopeRules">;

async function claimedRun(sql: Sql, { moduleRunId, attempt }: Claim): Promise<ClaimedRun | null> {
  const [row] = await sql.query<ClaimedRow>(
    `SELECT r.scan_id AS "scanId", r.plugin, r.stage, r.code_digest AS "codeDigest", r.config,
            (extract(epoch FROM s.deadline - now()) * 1000)::float8 AS "remainingMs", s.started_at AS "scanStartedAt",
            s.profile_name AS profile, s.profile_capabilities AS "profileCapabilities",
            s.storage_mode AS "storageMode",
            json_build_object('id', t.id, 'projectId', t.project_id, 'baseUrl', t.base_url,
              'environment', t.environment, 'rps', t.budget_rps, 'concurrency', t.budget_concurrency,
              'maxRequests', CASE s.mode WHEN 'recheck' THEN least(t.budget_max_requests, ${MAX_RECHECK_REQUESTS})
                             ELSE t.budget_max_requests END) AS target,
            json_build_object('mark', t.request_mark, 'forms', t.request_forms,
              'destructive', t.request_destructive) AS requests,
            (SELECT config FROM module_run
             WHERE scan_id = s.id AND plugin = '${REPLAY.plugin}' AND code_digest = '${REPLAY_DIGEST}') AS replay,
            (SELECT finding_id FROM recheck WHERE scan_id = s.id) AS "onlyFinding",
            CASE WHEN s.auth_profile_id IS NOT NULL
              THEN json_build_object('id', s.auth_profile_id, 'version', s.auth_profile_version) END AS "authProfile",
            CASE WHEN s.comparison_auth_profile_id IS NOT NULL
              THEN json_build_object('id', s.comparison_auth_profile_id, 'version', s.comparison_auth_profile_version)
              END AS "comparisonAuthProfile",
            (SELECT count(*)::int FROM "fetch" WHERE scan_id = s.id AND origin = 'broker') AS "usedRequests"
     FROM module_run r JOIN scan s ON s.id = r.scan_id JOIN target t ON t.id = s.target_id
     WHERE r.id = $1::uuid`,
    [moduleRunId],
  );
  return row
    ? { ...row, moduleRunId, attempt, scopeRules: await scopeRules(sql, row.target.projectId) }
    : null;
}

/**
 * What a worker learns about a run it holds: `lost`, another took it over; `cancelled`, the scan is to end; `stopped`, a
 * health signal ended it.
 */
export type LeaseState = "held" | "cancelled" | "stopped" | "lost";

interface LeaseRow {
  isCancelled: boolean;
  isStopped: boolean;
}

const LEASE = `s.cancel_requested_at IS NOT NULL AS "isCancelled", s.stopped_by IS NOT NULL AS "isStopped"`;

function leaseState(run: LeaseRow | undefined): LeaseState {
  if (!run) return "lost";
  if (run.isCancelled) return "cancelled";
  return run.isStopped ? "stopped" : "held";
}

/** Renews the lease and keeps the counters so far. */
export async function renewLease(
  sql: Sql,
  { moduleRunId, attempt, leaseMs, counters }: Attempt & { leaseMs: number; counters: RunCounters },
): Promise<LeaseState> {
  const [run] = await sql.query<LeaseRow>(
    `UPDATE module_run r SET lease_until = now() + $3::int * interval '1 ms', counters = counters || $4::jsonb
     FROM scan s
     WHERE r.id = $1::uuid AND r.attempt = $2::int AND r.status = 'running' AND s.id = r.scan_id
     RETURNING ${LEASE}`,
    [moduleRunId, attempt, leaseMs, jsonParameter(counters)],
  );
  return leaseState(run);
}

/** As `renewLease`, but only looks. */
export async function readLease(sql: Sql, { moduleRunId, attempt }: Attempt): Promise<LeaseState> {
  const [run] = await sql.query<LeaseRow>(
    `SELECT ${LEASE}
     FROM module_run r JOIN scan s ON s.id = r.scan_id
     WHERE r.id = $1::uuid AND r.attempt = $2::int AND r.status = 'running'`,
    [moduleRunId, attempt],
  );
  return leaseState(run);
}

export interface RunEnd extends Attempt {
  status: ModuleRunStatus;
  exitReason: ExitReason;
  /** How it ended, in words; null when it succeeded. */
  reason: string | null;
  counters: RunCounters;
  target: { id: string };
  /** Where it looked. */
  coverage: readonly NewCoverage[];
  /** Who says so, for the audit: `worker:<id>`. */
  actor: string;
}

/** Ends a run, with where it looked and its audit event. Throws STALE_ATTEMPT when another attempt has followed. */
export async function endModuleRun(database: Database, end: RunEnd): Promise<void> {
  const { moduleRunId, attempt, status, exitReason, counters, actor } = end;
  const reason = end.reason === null ? null : textParameter(end.reason);
  await database.transaction(async (sql) => {
    await lockIdentity(sql, end.target.id, "share");
    const [run] = await sql.query<EndedRun>(
      `UPDATE module_run
       SET status = $3::module_run_status, exit_reason = $4::exit_reason, reason = $5, counters = counters || $6::jsonb,
           lease_until = NULL, finished_at = now()
       WHERE id = $1::uuid AND attempt = $2::int AND status = 'running'
       RETURNING ${ENDED}`,
      [moduleRunId, attempt, status, exitReason, reason, jsonParameter(counters)],
    );
    if (!run) throw staleAttempt(end);
    await insertCoverage(sql, { moduleRunId, scanId: run.scanId, targetId: end.target.id }, end.coverage);
    await auditRun(sql, run, actor);
  });
}

/** Columns that the audit of a run's end needs. */
export const ENDED = `id, scan_id AS "scanId", plugin, version, stage, status, exit_reason AS "exitReason", attempt`;

export interface EndedRun {
  id: string;
  scanId: string;
  plugin: string;
  version: string;
  stage: Stage;
  status: ModuleRunStatus;
  exitReason: ExitReason | null;
  attempt: number;
}

export async function auditRun(sql: Sql, run: EndedRun, actor: string): Promise<void> {
  const { id: moduleRunId, scanId, ...facts } = run;
  await appendAudit(sql, { actor, action: "module.run", scanId, params: { moduleRunId, ...facts } });
}

/** Puts a run back for another worker, at once. It does not count as a failed start. False: it is not held any more. */
export async function releaseModuleRun(sql: Sql, { moduleRunId, attempt }: Attempt): Promise<boolean> {
  const released = await sql.query(
    `UPDATE module_run SET status = 'queued', lease_until = NULL, counters = counters
       || jsonb_build_object('released', coalesce((counters->>'released')::int, 0) + 1)
     WHERE id = $1::uuid AND attempt = $2::int AND status = 'running' RETURNING id`,
    [moduleRunId, attempt],
  );
  return released.length > 0;
}

/** Starts that ended with neither a result nor a release. */
const FAILED_STARTS = `attempt - coalesce((counters->>'released')::int, 0)`;

/**
 * Ends a start without a result: the run is queued again, or `failed` after `MAX_ATTEMPTS` of them. `where` picks runs
 * by alias `r`. Returns the scans concerned.
 */
async function giveUpStarts(
  database: Database,
  { where, values, reason, actor }: { where: string; values: unknown[]; reason: string; actor: string },
): Promise<string[]> {
  return database.transaction(async (sql) => {
    const runs = await sql.query<EndedRun & { status: ModuleRunStatus }>(
      `WITH given_up AS (
         SELECT id, ${FAILED_STARTS} >= ${MAX_ATTEMPTS} AS is_last FROM module_run r
         WHERE status = 'running' AND ${where} ORDER BY id LIMIT 100 FOR UPDATE SKIP LOCKED)
       UPDATE module_run r
       SET lease_until = NULL,
           status = CASE WHEN is_last THEN 'failed' ELSE 'queued' END::module_run_status,
           exit_reason = CASE WHEN is_last THEN 'crashed' END::exit_reason,
           reason = CASE WHEN is_last THEN $1 END,
           finished_at = CASE WHEN is_last THEN now() END
       FROM given_up WHERE r.id = given_up.id
       RETURNING r.id, r.scan_id AS "scanId", r.plugin, r.version, r.stage, r.status, r.exit_reason AS "exitReason",
                 r.attempt`,
      [textParameter(reason), ...values],
    );
    for (const run of runs) if (run.status === "failed") await auditRun(sql, run, actor);
    return [...new Set(runs.map(({ scanId }) => scanId))];
  });
}

/**
 * How long a Postgres that has just started waits for workers to renew their leases, ms: they ask it twice a second
 * while it is away, and a busy machine may be some seconds late.
 */
const SETTLING_MS = 5_000;

/**
 * Takes runs away from workers whose lease ended, and none while Postgres could not be told of a renewal. Safe to call
 * from any number of workers.
 */
export function reapExpiredRuns(
  database: Database,
  actor: string,
  settlingMs = SETTLING_MS,
): Promise<string[]> {
  return giveUpStarts(database, {
    where: `r.lease_until < now() AND pg_postmaster_start_time() < now() - $2::int * interval '1 ms'`,
    values: [settlingMs],
    reason: `its worker gave no sign of life, ${MAX_ATTEMPTS} times`,
    actor,
  });
}

/** Gives back a run that the platform could not run; `problem` becomes its reason when it was the last try. */
export async function failStart(
  database: Database,
  { moduleRunId, attempt, problem, actor }: Attempt & { problem: string; actor: string },
): Promise<void> {
  await giveUpStarts(database, {
    where: "r.id = $2::uuid AND r.attempt = $3::int",
    values: [moduleRunId, attempt],
    reason: `could not be run, ${MAX_ATTEMPTS} times: ${problem}`,
    actor,
  });
}

import { AppError, PROFILES, type ProfileName, parseWebUrl } from "@picket/core";
import { appendAudit } from "../audit/audit-store.ts";
import type { Database } from "../database.ts";
import { jsonParameter } from "../json-parameter.ts";
import { type OfferedRelease, offeredReleases } from "../plugins/plugin-store.ts";
import type { Sql } from "../sql.ts";
import { isOffered, WORKER_SECONDS } from "./admission-store.ts";
import type { ModuleConfig } from "./module-config.ts";
import { auditRun, type EndedRun } from "./module-run-store.ts";
import {
  type AuthProfileVersion,
  configHashOf,
  type Logins,
  moduleConfigHash,
  type PlannedModuleRun,
  plannedModules,
} from "./plan-scan.ts";
import { lockOpenScan } from "./scan-store.ts";

/** A run waits so long for a worker with its code while others are there: a restart takes less, s. */
const UNOFFERED_SECONDS = 60;

/**
 * Plans anew what an upgrade overtook: scans none of whose runs has started, with runs whose code no worker offers any
 * more while some offer another release of the same plugin. Settings that differed from the plugin's defaults are kept;
 * where the new release does not take them, the run stays as it is. Returns the scans; each is audited as
 * `scan.replanned`.
 */
export async function replanOvertakenScans(database: Database, actor: string): Promise<string[]> {
  const overtaken = await database.sql.query<{ id: string }>(
    `SELECT s.id FROM scan s
     WHERE s.status IN ('queued', 'running') AND s.cancel_requested_at IS NULL AND s.stopped_by IS NULL
       AND s.deadline > now()
       AND NOT EXISTS (SELECT 1 FROM module_run r WHERE r.scan_id = s.id AND r.attempt > 0)
       AND EXISTS (SELECT 1 FROM module_run r WHERE r.scan_id = s.id AND r.status = 'queued'
                   AND NOT ${isOffered(WORKER_SECONDS)}
                   AND EXISTS (SELECT 1 FROM plugin_release o WHERE o.name = r.plugin
                               AND o.last_seen_at > now() - make_interval(secs => ${WORKER_SECONDS})))
     ORDER BY s.id LIMIT 100`,
  );
  const replanned: string[] = [];
  for (const { id } of overtaken) if (await replan(database, id, actor)) replanned.push(id);
  return replanned;
}

interface StoredRun extends PlannedModuleRun {
  attempt: number;
  isOvertaken: boolean;
  /** Defaults of its release; null when that is not registered any more. */
  defaults: ModuleConfig | null;
}

async function replan(database: Database, scanId: string, actor: string): Promise<boolean> {
  return database.transaction(async (sql) => {
    const scan = await lockOpenScan(sql, scanId, { skipLocked: true });
    const runs = await storedRuns(sql, scanId);
    if (!scan || runs.some(({ attempt }) => attempt > 0)) return false;
    const terms = await termsOf(sql, scanId);
    const offered = new Map((await offeredReleases(sql)).map((release) => [release.manifest.name, release]));
    const moved = runs.flatMap((run) => {
      const release = run.isOvertaken ? offered.get(run.plugin) : undefined;
      const to = release && release.codeDigest !== run.codeDigest && tryPlan(run, release, terms);
      return to ? [{ from: run, to }] : [];
    });
    if (moved.length === 0) return false;
    const byPlugin = new Map(moved.map(({ to }) => [to.plugin, to]));
    const modules = runs.map((run) => byPlugin.get(run.plugin) ?? run);
    const configHash = configHashOf(PROFILES[terms.profile], modules, loginsOf(terms));
    await updatePlan(sql, { scanId, configHash, modules: [...byPlugin.values()] });
    const code = ({ version, codeDigest }: PlannedModuleRun) => ({ version, codeDigest });
    const plugins = Object.fromEntries(
      moved.map(({ from, to }) => [to.plugin, { from: code(from), to: code(to) }]),
    );
    await appendAudit(sql, { actor, action: "scan.replanned", scanId, params: { configHash, plugins } });
    return true;
  });
}

function storedRuns(sql: Sql, scanId: string): Promise<StoredRun[]> {
  return sql.query<StoredRun>(
    `SELECT r.plugin, r.version, r.code_digest AS "codeDigest", r.config, r.stage, r.reason AS "skipReason", r.attempt,
            r.status = 'queued' AND NOT ${isOffered(WORKER_SECONDS)} AS "isOvertaken",
            (SELECT p.manifest->'defaultConfig' FROM plugin_release p
             WHERE p.name = r.plugin AND p.code_digest = r.code_digest) AS defaults
     FROM module_run r WHERE r.scan_id = $1::uuid`,
    [scanId],
  );
}

interface Terms {
  profile: ProfileName;
  baseUrl: string;
  authProfile: AuthProfileVersion | null;
  comparisonAuthProfile: AuthProfileVersion | null;
}

function loginsOf({ authProfile, comparisonAuthProfile }: Terms): Logins {
  return { ...(authProfile && { authProfile }), ...(comparisonAuthProfile && { comparisonAuthProfile }) };
}

async function termsOf(sql: Sql, scanId: string): Promise<Terms> {
  const [terms] = await sql.query<Terms>(
    `SELECT s.profile_name AS profile, t.base_url AS "baseUrl", CASE WHEN s.auth_profile_id IS NOT NULL
              THEN json_build_object('id', s.auth_profile_id, 'version', s.auth_profile_version) END AS "authProfile",
            CASE WHEN s.comparison_auth_profile_id IS NOT NULL
              THEN json_build_object('id', s.comparison_auth_profile_id, 'version', s.comparison_auth_profile_version)
              END AS "comparisonAuthProfile"
     FROM scan s JOIN target t ON t.id = s.target_id WHERE s.id = $1::uuid`,
    [scanId],
  );
  if (!terms) throw new AppError("NOT_FOUND", `there is no scan ${scanId}`);
  return terms;
}

/** Null when the release does not take the settings that were asked for. */
function tryPlan(
  run: StoredRun,
  release: OfferedRelease,
  { profile, baseUrl }: Terms,
): PlannedModuleRun | null {
  const settings = { [run.plugin]: settingsOf(run) };
  try {
    const [planned] = plannedModules([release], {
      settings,
      profile: PROFILES[profile],
      base: parseWebUrl(baseUrl),
    });
    return planned ?? null;
  } catch (thrown) {
    if (thrown instanceof AppError) return null;
    throw thrown;
  }
}

/** What of a run's configuration is not its release's default. */
function settingsOf({ config, defaults }: StoredRun): ModuleConfig {
  const isDefault = ([name, value]: [string, unknown]) =>
    JSON.stringify(value) === JSON.stringify(defaults?.[name]);
  return Object.fromEntries(Object.entries(config).filter((entry) => !isDefault(entry)));
}

async function updatePlan(
  sql: Sql,
  { scanId, configHash, modules }: { scanId: string; configHash: string; modules: PlannedModuleRun[] },
): Promise<void> {
  const rows = modules.map((module) => ({ ...module, configHash: moduleConfigHash(module.config) }));
  await sql.query(
    `UPDATE module_run r
     SET version = m.version, code_digest = m."codeDigest", config = m.config, config_hash = m."configHash",
         stage = m.stage, admitted_at = NULL, reason = m."skipReason",
         status = CASE WHEN m."skipReason" IS NULL THEN 'queued' ELSE 'skipped' END::module_run_status,
         finished_at = CASE WHEN m."skipReason" IS NOT NULL THEN now() END
     FROM jsonb_to_recordset($2::jsonb) AS m(plugin text, version text, "codeDigest" text, config jsonb,
            "configHash" text, stage stage, "skipReason" text)
     WHERE r.scan_id = $1::uuid AND r.plugin = m.plugin`,
    [scanId, jsonParameter(rows)],
  );
  await sql.query("UPDATE scan SET config_hash = $2 WHERE id = $1::uuid", [scanId, configHash]);
}

/**
 * Ends runs that could start but whose code no worker has offered for 60 s, all of which some worker was there: skipped,
 * or failed when they had been started before. Their scans go on without them. Returns the scans.
 */
export async function endUnofferedRuns(database: Database, actor: string): Promise<string[]> {
  return database.transaction(async (sql) => {
    const runs = await sql.query<EndedRun>(
      `WITH unoffered AS (
         SELECT r.id FROM module_run r JOIN scan s ON s.id = r.scan_id
         WHERE s.status = 'running' AND r.stage = s.open_stage AND r.status = 'queued'
           AND NOT ${isOffered(UNOFFERED_SECONDS)}
           AND EXISTS (SELECT 1 FROM worker w WHERE w.seen_at > now() - make_interval(secs => ${WORKER_SECONDS})
                       AND w.started_at < now() - make_interval(secs => ${UNOFFERED_SECONDS}))
         ORDER BY r.id LIMIT 100 FOR UPDATE OF r SKIP LOCKED)
       UPDATE module_run r
       SET status = CASE attempt WHEN 0 THEN 'skipped' ELSE 'failed' END::module_run_status,
           exit_reason = CASE WHEN attempt > 0 THEN 'failed' END::exit_reason, admitted_at = NULL, finished_at = now(),
           counters = counters || '{"unoffered": 1}',
           reason = 'no worker offers ' || plugin || ' ' || version || ' with code ' || left(code_digest, 12)
       FROM unoffered WHERE r.id = unoffered.id
       RETURNING r.id, r.scan_id AS "scanId", r.plugin, r.version, r.stage, r.status, r.exit_reason AS "exitReason",
                 r.attempt`,
    );
    for (const run of runs) await auditRun(sql, run, actor);
    return [...new Set(runs.map(({ scanId }) => scanId))];
  });
}

import {
  AppError,
  type Capability,
  type ControlAnswer,
  canonicalJson,
  decideAddresses,
  decideUrl,
  MAX_RECHECK_SECONDS,
  moduleConfigText,
  originOf,
  PROFILES,
  type Profile,
  type ProfileName,
  parseWebUrl,
  REPLAY,
  type ScanMode,
  type ScopeRule,
  type Stage,
  scanConfigText,
  skipReason,
  tryParseIp,
  uuidv7,
  type WebUrl,
} from "@picket/core";
import { appendAudit } from "../audit/audit-store.ts";
import type { Database } from "../database.ts";
import { databaseNow } from "../database-now.ts";
import { noPluginRegistered, type OfferedRelease, offeredReleases } from "../plugins/plugin-store.ts";
import { sha256 } from "../sha256.ts";
import type { Sql } from "../sql.ts";
import { type ModuleConfig, moduleConfigs, type ScanSettings } from "./module-config.ts";

/** Settings of the run in which the platform asks for what a recheck looks at. */
export interface Replay {
  /** Where the finding shows: the focus of the plugins that run after it. */
  places: { method: string; url: string; parameter: { name: string; in: string } | null }[];
  /** What answered well in a scan that saw the finding, and how; null when nothing did. */
  control: ({ url: string } & ControlAnswer) | null;
  /** A path that nothing is at. */
  nowhere: string;
  /** Further exchanges that its evidence came from. */
  exchanges: { method: string; url: string }[];
  /** True when it shows at more places than these. */
  isPartial: boolean;
}

/** What stands in place of a plugin's code digest in a replay: the platform's own code does it. */
export const REPLAY_DIGEST = sha256(canonicalJson(REPLAY));

export interface ScanPlan {
  targetId: string;
  profile: ProfileName;
  mode: ScanMode;
  /** What is left out keeps the plugins' defaults. */
  settings?: ScanSettings;
  /** An ended scan of the same target to compare with. */
  baselineScanId?: string;
  /** Whose session its modules use. Default: nobody's. */
  authProfileId?: string | undefined;
  /** Whose session plugins with `auth:compare` compare it with. Default: nobody's. */
  comparisonAuthProfileId?: string | undefined;
  /** Who asks: `token:<prefix>`, `cli`. */
  requestedBy: string;
  engineVersion: string;
  /** The only plugins that are planned. Default: all that are offered. */
  plugins?: readonly string[];
  /** What the platform itself is to ask for again, before any plugin runs. */
  replay?: Replay;
}

/**
 * Writes a scan, its module runs and `scan.started` in one transaction; enqueue it afterwards. A module whose
 * capabilities the profile does not grant is `skipped` from the start, with the reason. Throws NOT_FOUND (target),
 * OUT_OF_SCOPE (no scope entry covers the base URL), INVALID_INPUT (settings, baseline; `details.issues` names each
 * field), CONFLICT (no plugin is registered, or none would run).
 */
export async function planScan(database: Database, plan: ScanPlan): Promise<{ scanId: string }> {
  return database.transaction(async (sql) => {
    const target = await plannedTarget(sql, plan.targetId);
    const base = parseWebUrl(target.baseUrl);
    await assertInScope(sql, base, target.projectId);
    if (plan.baselineScanId) await assertBaseline(sql, plan.baselineScanId, plan.targetId);
    const logins = await plannedLogins(sql, plan, base);
    const { replay } = plan;
    const releases = await plannedReleases(sql, plan);
    const profile = PROFILES[plan.profile];
    const modules = plannedModules(releases, { settings: plan.settings ?? {}, profile, base });
    if (replay) modules.unshift(replayRun(replay));
    if (modules.every(({ skipReason }) => skipReason !== null)) throw nothingToRun(modules);
    // Which scan is the later one is told by their ids, wherever they were planned.
    const scanId = uuidv7((await databaseNow(sql)).getTime());
    const configHash = configHashOf(profile, modules, logins);
    await insertScan(sql, {
      ...plan,
      scanId,
      profile,
      configHash,
      logins,
      maxRuntimeSeconds: replay
        ? Math.min(target.maxRuntimeSeconds, MAX_RECHECK_SECONDS)
        : target.maxRuntimeSeconds,
    });
    await insertModuleRuns(sql, scanId, modules);
    await appendAudit(sql, {
      actor: plan.requestedBy,
      action: "scan.started",
      scanId,
      params: {
        targetId: plan.targetId,
        profile: plan.profile,
        mode: plan.mode,
        configHash,
        ...logins,
      },
    });
    return { scanId };
  });
}

async function plannedReleases(sql: Sql, { plugins }: ScanPlan): Promise<OfferedRelease[]> {
  const offered = await offeredReleases(sql);
  const releases = plugins ? offered.filter(({ manifest }) => plugins.includes(manifest.name)) : offered;
  if (releases.length === 0) throw noPluginRegistered();
  return releases;
}

interface PlannedTarget {
  projectId: string;
  baseUrl: string;
  maxRuntimeSeconds: number;
}

async function plannedTarget(sql: Sql, targetId: string): Promise<PlannedTarget> {
  const [target] = await sql.query<PlannedTarget>(
    `SELECT project_id AS "projectId", base_url AS "baseUrl", budget_max_runtime_seconds AS "maxRuntimeSeconds"
     FROM target WHERE id = $1::uuid AND deleted_at IS NULL FOR KEY SHARE`,
    [targetId],
  );
  if (!target) throw new AppError("NOT_FOUND", `there is no target ${targetId}`);
  return target;
}

/** Live entries of the project's allowlist. */
export async function scopeRules(sql: Sql, projectId: string): Promise<ScopeRule[]> {
  return sql.query<ScopeRule>(
    "SELECT pattern, ports FROM scope_entry WHERE project_id = $1::uuid AND removed_at IS NULL ORDER BY id",
    [projectId],
  );
}

/** Catches early what the broker would refuse at every request. Names are not resolved here. */
async function assertInScope(sql: Sql, base: WebUrl, projectId: string): Promise<void> {
  const policy = { base, rules: await scopeRules(sql, projectId), platform: [] };
  const byUrl = decideUrl(base, policy);
  const decision =
    byUrl.allowed && tryParseIp(base.host) ? decideAddresses([base.host], base, policy) : byUrl;
  if (decision.allowed) return;
  throw new AppError("OUT_OF_SCOPE", `the target may not be scanned: ${decision.detail}`, {
    hint: `Add a scope entry to the project, pattern ${base.host} and port ${base.port}, with the reason why it may be scanned.`,
    details: { reason: decision.reason, host: base.host, port: base.port, projectId },
  });
}

/** A profile in the version that a scan uses. */
export interface AuthProfileVersion {
  id: string;
  version: number;
}

/** Whose sessions a scan has. */
export interface Logins {
  authProfile?: AuthProfileVersion;
  comparisonAuthProfile?: AuthProfileVersion;
}

async function plannedLogins(
  sql: Sql,
  { authProfileId, comparisonAuthProfileId, targetId }: ScanPlan,
  base: WebUrl,
): Promise<Logins> {
  const other = comparisonAuthProfileId;
  if (other !== undefined && (authProfileId === undefined || authProfileId === other))
    throw invalidField("comparisonAuthProfileId", "needs an authProfileId of another user beside it");
  const load = (field: keyof ScanPlan, id: string) => plannedAuthProfile(sql, { field, id, targetId }, base);
  return {
    ...(authProfileId && { authProfile: await load("authProfileId", authProfileId) }),
    ...(other && { comparisonAuthProfile: await load("comparisonAuthProfileId", other) }),
  };
}

async function plannedAuthProfile(
  sql: Sql,
  { field, id, targetId }: { field: string; id: string; targetId: string },
  base: WebUrl,
): Promise<AuthProfileVersion> {
  const [profile] = await sql.query<AuthProfileVersion & { origin: string }>(
    `SELECT id, version, origin FROM auth_profile
     WHERE id = $1::uuid AND target_id = $2::uuid AND deleted_at IS NULL FOR KEY SHARE`,
    [id, targetId],
  );
  if (!profile) throw invalidField(field, "must be an auth profile of the target");
  const { origin, ...authProfile } = profile;
  if (origin !== originOf(base))
    throw invalidField(field, `is for ${origin}, and the target is at ${originOf(base)} now`);
  return authProfile;
}

function invalidField(path: string, message: string): AppError {
  return new AppError("INVALID_INPUT", `${path}: ${message}`, { details: { issues: [{ path, message }] } });
}

async function assertBaseline(sql: Sql, baselineScanId: string, targetId: string): Promise<void> {
  const found = await sql.query(
    "SELECT 1 FROM scan WHERE id = $1::uuid AND target_id = $2::uuid AND finished_at IS NOT NULL",
    [baselineScanId, targetId],
  );
  if (found.length > 0) return;
  throw invalidField("baselineScanId", "must be an ended scan of the same target");
}

export interface PlannedModuleRun {
  plugin: string;
  version: string;
  codeDigest: string;
  config: ModuleConfig;
  stage: Stage;
  /** Null when it runs. */
  skipReason: string | null;
}

export function plannedModules(
  releases: readonly OfferedRelease[],
  { settings, profile, base }: { settings: ScanSettings; profile: Profile; base: WebUrl },
): PlannedModuleRun[] {
  const configs = moduleConfigs(
    releases.map(({ manifest }) => manifest),
    settings,
  );
  return releases.map(({ manifest, codeDigest }) => ({
    plugin: manifest.name,
    version: manifest.version,
    codeDigest,
    config: configs.get(manifest.name) ?? {},
    stage: manifest.stage,
    skipReason: skipReason(manifest, profile, base),
  }));
}

function nothingToRun(modules: readonly PlannedModuleRun[]): AppError {
  const [first] = modules;
  return new AppError("CONFLICT", "the scan would do nothing: every plugin would be skipped", {
    hint: `Choose a profile that grants what they need. ${first?.plugin}: ${first?.skipReason}.`,
    details: { skipped: Object.fromEntries(modules.map(({ plugin, skipReason }) => [plugin, skipReason])) },
  });
}

function replayRun(replay: Replay): PlannedModuleRun {
  const { plugin, version } = REPLAY;
  const config = { ...replay, control: replay.control && { ...replay.control } };
  return { plugin, version, codeDigest: REPLAY_DIGEST, config, stage: "discover", skipReason: null };
}

export function configHashOf(profile: Profile, modules: readonly PlannedModuleRun[], logins: Logins): string {
  const { name, capabilities, storageMode } = profile;
  const planned = modules.map(({ plugin, version, codeDigest, config }) => ({
    plugin,
    version,
    codeDigest,
    config,
  }));
  return sha256(scanConfigText({ profile: name, capabilities, storageMode, modules: planned, ...logins }));
}

interface NewScan extends Omit<ScanPlan, "profile"> {
  scanId: string;
  profile: Profile;
  configHash: string;
  logins: Logins;
  maxRuntimeSeconds: number;
}

async function insertScan(sql: Sql, scan: NewScan): Promise<void> {
  const capabilities: readonly Capability[] = scan.profile.capabilities;
  await sql.query(
    `INSERT INTO scan (id, target_id, mode, profile_name, profile_capabilities, storage_mode, baseline_scan_id,
                       config_hash, engine_version, requested_by, deadline, auth_profile_id, auth_profile_version,
                       comparison_auth_profile_id, comparison_auth_profile_version)
     VALUES ($1::uuid, $2::uuid, $3::scan_mode, $4, $5::text[], $6::storage_mode, $7::uuid, $8, $9, $10,
             now() + make_interval(secs => $11), $12::uuid, $13::int, $14::uuid, $15::int)`,
    [
      scan.scanId,
      scan.targetId,
      scan.mode,
      scan.profile.name,
      capabilities,
      scan.profile.storageMode,
      scan.baselineScanId ?? null,
      scan.configHash,
      scan.engineVersion,
      scan.requestedBy,
      scan.maxRuntimeSeconds,
      ...columnsOf(scan.logins.authProfile),
      ...columnsOf(scan.logins.comparisonAuthProfile),
    ],
  );
}

function columnsOf(profile: AuthProfileVersion | undefined): [id: string | null, version: number | null] {
  return [profile?.id ?? null, profile?.version ?? null];
}

export function moduleConfigHash(config: ModuleConfig): string {
  return sha256(moduleConfigText(config));
}

async function insertModuleRuns(
  sql: Sql,
  scanId: string,
  modules: readonly PlannedModuleRun[],
): Promise<void> {
  const rows = modules.map((module) => ({
    id: uuidv7(),
    plugin: module.plugin,
    version: module.version,
    code_digest: module.codeDigest,
    config: module.config,
    config_hash: moduleConfigHash(module.config),
    stage: module.stage,
    reason: module.skipReason,
  }));
  await sql.query(
    `INSERT INTO module_run (id, scan_id, plugin, version, code_digest, config, config_hash, stage, status, reason,
                             finished_at)
     SELECT id, $1::uuid, plugin, version, code_digest, config, config_hash, stage,
            CASE WHEN reason IS NULL THEN 'queued' ELSE 'skipped' END::module_run_status, reason,
            CASE WHEN reason IS NOT NULL THEN now() END
     FROM jsonb_to_recordset($2::jsonb)
       AS planned(id uuid, plugin text, version text, code_digest text, config jsonb, config_hash text, stage stage,
                  reason text)`,
    [scanId, JSON.stringify(rows)],
  );
}

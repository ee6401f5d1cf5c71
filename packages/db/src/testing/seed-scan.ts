import type { PluginManifest } from "@picket/core";
import type { Database } from "../database.ts";
import type { ResultWriter } from "../ingest/store-results.ts";
import { registerReleases } from "../plugins/plugin-store.ts";
import type { Attempt } from "../scans/fence.ts";
import { claimModuleRun, endModuleRun, type RunEnd } from "../scans/module-run-store.ts";
import { planScan, type ScanPlan } from "../scans/plan-scan.ts";
import { keepScanRunning } from "../scans/scan-store.ts";
import { sha256 } from "../sha256.ts";
import { releaseSeed } from "./seed.ts";

/** What a person asks for who says nothing but the target. */
export function planSeed(targetId: string, plan: Partial<ScanPlan> = {}): ScanPlan {
  return {
    targetId,
    profile: "standard",
    mode: "interactive",
    requestedBy: "token:test",
    engineVersion: "0.1.0",
    ...plan,
  };
}

/** A scan of the target that runs, with one queued run of each named plugin. */
export async function seedScan(
  database: Database,
  targetId: string,
  plugins: Record<string, Partial<PluginManifest>>,
): Promise<{ scanId: string; runIds: Record<string, string> }> {
  // As with a bundle, another manifest is other code.
  const releases = Object.entries(plugins).map(([name, manifest]) =>
    releaseSeed({ ...manifest, name }, sha256(JSON.stringify([name, manifest]))),
  );
  await registerReleases(database.sql, releases);
  // A release that an earlier scan had, too, is the newest again.
  await database.sql.query("UPDATE plugin_release SET registered_at = now() WHERE code_digest = ANY ($1)", [
    releases.map(({ codeDigest }) => codeDigest),
  ]);
  const { scanId } = await planScan(database, planSeed(targetId));
  await keepScanRunning(database.sql, scanId, { stage: "discover", level: null });
  const runs = await database.sql.query<{ id: string; plugin: string }>(
    "SELECT id, plugin FROM module_run WHERE scan_id = $1::uuid",
    [scanId],
  );
  return { scanId, runIds: Object.fromEntries(runs.map(({ id, plugin }) => [plugin, id])) };
}

/** Claims a run's next attempt for a minute. Throws when it cannot be claimed. */
export async function seedAttempt(
  database: Database,
  moduleRunId: string,
  attempt = 1,
): Promise<ResultWriter> {
  const run = await claimModuleRun(database, {
    moduleRunId,
    attempt,
    workerId: "test",
    leaseMs: 60_000,
    isolationLevel: "sandbox",
  });
  if (!run) throw new Error(`run ${moduleRunId} cannot be claimed`);
  return { moduleRunId, attempt, scanId: run.scanId, targetId: run.target.id };
}

/** Ends a run that was claimed: it succeeded and looked nowhere, unless something else is said. */
export async function seedEnd(
  database: Database,
  run: Attempt & { targetId: string },
  changes: Partial<RunEnd> = {},
): Promise<void> {
  await endModuleRun(database, {
    ...run,
    target: { id: run.targetId },
    status: "succeeded",
    exitReason: "completed",
    reason: null,
    counters: {},
    coverage: [],
    actor: "worker:test",
    ...changes,
  });
}

import { AppError, type ProfileName, recheckPlaces } from "@picket/core";
import { offeredReleases } from "../plugins/plugin-store.ts";
import type { ScanSettings } from "../scans/module-config.ts";
import type { Replay } from "../scans/plan-scan.ts";
import type { Sql } from "../sql.ts";

/** Which scan a recheck of a finding is. */
export interface RecheckPlan {
  targetId: string;
  profile: ProfileName;
  plugins: string[];
  settings: ScanSettings;
  replay: Replay;
}

/**
 * The detectors that reported the finding, as the scan that saw it last ran them, at its stored places. Throws CONFLICT
 * when one of them is not offered any more.
 */
export async function recheckPlan(sql: Sql, findingId: string): Promise<RecheckPlan> {
  const { targetId, profile } = await lastSight(sql, findingId);
  const detectors = await detectorsOf(sql, findingId);
  const isActive = await askThemselves(sql, detectors);
  const limit = recheckPlaces(isActive);
  const { places, isPartial } = await storedPlaces(sql, findingId, limit);
  // What an active detector asks for it asks for itself.
  const exchanges = isActive ? [] : await evidenceExchanges(sql, findingId, limit);
  return {
    targetId,
    profile,
    plugins: detectors.map(({ plugin }) => plugin),
    settings: Object.fromEntries(detectors.map(({ plugin, config }) => [plugin, config])),
    replay: { places, isPartial, exchanges },
  };
}

async function lastSight(sql: Sql, findingId: string): Promise<Pick<RecheckPlan, "targetId" | "profile">> {
  const [sight] = await sql.query<Pick<RecheckPlan, "targetId" | "profile">>(
    `SELECT f.target_id AS "targetId", s.profile_name AS profile
     FROM finding f JOIN scan s ON s.id = f.last_seen_scan_id WHERE f.id = $1::uuid`,
    [findingId],
  );
  if (!sight) throw new AppError("NOT_FOUND", `there is no finding ${findingId}`);
  return sight;
}

interface Detector {
  plugin: string;
  config: ScanSettings[string];
}

async function detectorsOf(sql: Sql, findingId: string): Promise<Detector[]> {
  return sql.query<Detector>(
    `SELECT d.plugin, coalesce(r.config, '{}') AS config
     FROM (SELECT plugin, last_seen_scan_id FROM attribution WHERE finding_id = $1::uuid
           UNION SELECT source_module, last_seen_scan_id FROM finding f
           WHERE id = $1::uuid AND NOT EXISTS (SELECT 1 FROM attribution WHERE finding_id = f.id)) d
     LEFT JOIN module_run r ON r.scan_id = d.last_seen_scan_id AND r.plugin = d.plugin
     ORDER BY d.plugin`,
    [findingId],
  );
}

async function askThemselves(sql: Sql, detectors: readonly Detector[]): Promise<boolean> {
  const offered = new Map((await offeredReleases(sql)).map(({ manifest }) => [manifest.name, manifest]));
  const manifests = detectors.map(({ plugin }) => {
    const manifest = offered.get(plugin);
    if (manifest) return manifest;
    throw new AppError("CONFLICT", `no worker offers the plugin ${plugin}, which reported the finding`, {
      hint: "Start a worker that has it, then ask again.",
      details: { plugin },
    });
  });
  return manifests.some(({ requiredCapabilities }) =>
    requiredCapabilities.some((capability) => capability.startsWith("http:")),
  );
}

/** Those that are not known to be mended, or all when all are; the ones seen last come first. */
async function storedPlaces(
  sql: Sql,
  findingId: string,
  limit: number,
): Promise<Pick<Replay, "places" | "isPartial">> {
  const places = await sql.query<Replay["places"][number]>(
    `SELECT method, url, CASE WHEN parameter_name IS NOT NULL
                         THEN json_build_object('name', parameter_name, 'in', parameter_in) END AS parameter
     FROM instance i WHERE finding_id = $1::uuid AND (fixed_at IS NULL OR NOT EXISTS (
       SELECT 1 FROM instance o WHERE o.finding_id = i.finding_id AND o.fixed_at IS NULL))
     ORDER BY last_seen_at DESC, id LIMIT $2::int`,
    [findingId, limit + 1],
  );
  return { places: places.slice(0, limit), isPartial: places.length > limit };
}

/** Exchanges that the finding's newest proofs came from; those of controls are not meant to show it. */
async function evidenceExchanges(sql: Sql, findingId: string, limit: number): Promise<Replay["exchanges"]> {
  return sql.query(
    `SELECT DISTINCT x.method, x.url FROM finding f
     JOIN evidence e ON e.id = ANY (f.evidence_ids) AND e.kind <> 'negative_control'
     JOIN "fetch" x ON x.id = e.fetch_id
     WHERE f.id = $1::uuid AND x.origin = 'broker' ORDER BY x.url, x.method LIMIT $2::int`,
    [findingId, limit],
  );
}

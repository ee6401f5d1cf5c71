import { AppError, type ProfileName, RECHECK_ROOM, recheckRoom, uuidv7 } from "@picket/core";
import { mergedIdsSql } from "../identity/made-of-sql.ts";
import { offeredReleases } from "../plugins/plugin-store.ts";
import type { ScanSettings } from "../scans/module-config.ts";
import type { Replay } from "../scans/plan-scan.ts";
import type { Sql } from "../sql.ts";
import { storedPlaces } from "./stored-places.ts";

/** Which scan a recheck of a finding is. */
export interface RecheckPlan {
  targetId: string;
  profile: ProfileName;
  plugins: string[];
  settings: ScanSettings;
  replay: Replay;
  /** As in the scan that saw it last, unless it was deleted since. */
  authProfileId?: string;
  comparisonAuthProfileId?: string;
}

/**
 * The detectors that reported the finding, as the scan that saw it last ran them, at its stored places. Throws CONFLICT
 * when one of them is not offered any more.
 */
export async function recheckPlan(sql: Sql, findingId: string): Promise<RecheckPlan> {
  const { targetId, profile, baseUrl, authProfileId, comparisonAuthProfileId } = await lastSight(
    sql,
    findingId,
  );
  const detectors = await detectorsOf(sql, findingId);
  const asking = await askingOf(sql, detectors);
  const all = [...asking.keys()];
  const stored = await storedPlaces(sql, findingId, RECHECK_ROOM);
  const room = recheckRoom(
    stored.places.map(({ seenBy }) =>
      (seenBy.length > 0 ? seenBy : all).some((plugin) => asking.get(plugin)),
    ),
  );
  const places = stored.places.slice(0, room.places).map(({ place }) => place);
  // What a detector asks for that asks itself needs no replay.
  const isRead = [...asking.values()].includes(false);
  const exchanges = isRead ? await evidenceExchanges(sql, findingId, places) : [];
  return {
    targetId,
    profile,
    plugins: detectors.map(({ plugin }) => plugin),
    settings: Object.fromEntries(detectors.map(({ plugin, config }) => [plugin, config])),
    replay: {
      places,
      isPartial: stored.isPartial || places.length < stored.places.length || exchanges.length > room.left,
      control: await controlOf(sql, findingId),
      nowhere: nowhereBelow(baseUrl),
      exchanges: exchanges.slice(0, room.left),
    },
    ...(authProfileId !== null && { authProfileId }),
    ...(comparisonAuthProfileId !== null && { comparisonAuthProfileId }),
  };
}

interface LastSight extends Pick<RecheckPlan, "targetId" | "profile"> {
  baseUrl: string;
  authProfileId: string | null;
  comparisonAuthProfileId: string | null;
  isLoginGone: boolean;
}

async function lastSight(sql: Sql, findingId: string): Promise<LastSight> {
  const [sight] = await sql.query<LastSight>(
    `SELECT f.target_id AS "targetId", s.profile_name AS profile, t.base_url AS "baseUrl", p.id AS "authProfileId",
            c.id AS "comparisonAuthProfileId",
            (s.auth_profile_id IS NOT NULL AND p.id IS NULL
              OR s.comparison_auth_profile_id IS NOT NULL AND c.id IS NULL) AS "isLoginGone"
     FROM finding f JOIN scan s ON s.id = f.last_seen_scan_id JOIN target t ON t.id = f.target_id
     LEFT JOIN auth_profile p ON p.id = s.auth_profile_id AND p.deleted_at IS NULL
     LEFT JOIN auth_profile c ON c.id = s.comparison_auth_profile_id AND c.deleted_at IS NULL WHERE f.id = $1::uuid`,
    [findingId],
  );
  if (!sight) throw new AppError("NOT_FOUND", `there is no finding ${findingId}`);
  if (sight.isLoginGone) {
    throw new AppError("CONFLICT", "the auth profile with which the finding was seen has been deleted", {
      hint: "Scan the target with another auth profile, then ask again.",
    });
  }
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

/** Of each detector, whether it asks the target itself or only reads what was recorded. */
async function askingOf(sql: Sql, detectors: readonly Detector[]): Promise<Map<string, boolean>> {
  const offered = new Map((await offeredReleases(sql)).map(({ manifest }) => [manifest.name, manifest]));
  const asking = detectors.map(({ plugin }): [string, boolean] => {
    const manifest = offered.get(plugin);
    if (manifest)
      return [plugin, manifest.requiredCapabilities.some((capability) => capability.startsWith("http:"))];
    throw new AppError("CONFLICT", `no worker offers the plugin ${plugin}, which reported the finding`, {
      hint: "Start a worker that has it, then ask again.",
      details: { plugin },
    });
  });
  return new Map(asking);
}

/**
 * A page that answered well in the newest scan that saw the finding and was no recheck: the base URL if it did, else one
 * that its discovery came by, rather none at which the finding shows. Its URL is stored without what was masked in it.
 */
async function controlOf(sql: Sql, findingId: string): Promise<Replay["control"]> {
  const [control] = await sql.query<NonNullable<Replay["control"]>>(
    `WITH sight AS (
       SELECT s.id, t.base_url FROM observation o JOIN scan s ON s.id = o.scan_id JOIN target t ON t.id = s.target_id
       WHERE s.mode <> 'recheck' AND o.finding_id IN (${mergedIdsSql("$1::uuid")})
       ORDER BY s.id DESC LIMIT 1)
     SELECT x.url, x.status, x.response_meta->>'contentType' AS "contentType", x.body_size::float8 AS "bodyBytes"
     FROM sight JOIN "fetch" x ON x.scan_id = sight.id JOIN module_run r ON r.id = x.module_run_id
     WHERE x.origin = 'broker' AND x.method = 'GET' AND x.status BETWEEN 200 AND 299 AND x.url NOT LIKE '%?%'
       AND r.stage = 'discover'
     ORDER BY x.url <> sight.base_url,
       EXISTS (SELECT 1 FROM instance i WHERE i.finding_id = $1::uuid AND i.url = x.url), length(x.url), x.id
     LIMIT 1`,
    [findingId],
  );
  return control ?? null;
}

/** A path below the base URL that surely nothing is at. */
function nowhereBelow(baseUrl: string): string {
  return new URL(`picket-${uuidv7()}`, baseUrl.replace(/\/?$/, "/")).href;
}

/**
 * Exchanges that the finding's newest proofs came from, those at its places left out; those of controls are not meant to
 * show it. One more than a recheck has room for at most.
 */
async function evidenceExchanges(
  sql: Sql,
  findingId: string,
  places: Replay["places"],
): Promise<Replay["exchanges"]> {
  return sql.query(
    `SELECT DISTINCT x.method, x.url FROM finding f
     JOIN evidence e ON e.id = ANY (f.evidence_ids) AND e.kind <> 'negative_control'
     JOIN "fetch" x ON x.id = e.fetch_id
     WHERE f.id = $1::uuid AND x.origin = 'broker' AND x.method || ' ' || x.url <> ALL ($2::text[])
     ORDER BY x.url, x.method LIMIT ${RECHECK_ROOM + 1}`,
    [findingId, places.map(({ method, url }) => `${method} ${url}`)],
  );
}

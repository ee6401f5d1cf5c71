import { AppError, PluginManifest, uuidv7 } from "@picket/core";
import { jsonParameter } from "../json-parameter.ts";
import type { Sql } from "../sql.ts";

/** A plugin as a worker offers it. */
export interface OfferedRelease {
  /** SHA-256 of the bundle. */
  codeDigest: string;
  /** `builtin`, or the folder it was loaded from. */
  origin: string;
  manifest: PluginManifest;
}

/** How often a worker repeats `registerReleases`, ms. */
export const RELEASE_HEARTBEAT_MS = 10_000;

/**
 * A release that was not seen for this long before the newest heartbeat of any release is no longer offered: three
 * heartbeats may be late. Counted from the newest one, so that scans can be planned while no worker runs.
 */
const OFFER_SECONDS = 35;

/** Says which releases this worker offers. Repeated, it only moves `last_seen_at` on. */
export async function registerReleases(sql: Sql, releases: readonly OfferedRelease[]): Promise<void> {
  const rows = releases.map(({ codeDigest, origin, manifest }) => {
    const { name, version } = manifest;
    return { id: uuidv7(), name, version, code_digest: codeDigest, manifest, origin };
  });
  await sql.query(
    `INSERT INTO plugin_release (id, name, version, code_digest, manifest, origin)
     SELECT id, name, version, code_digest, manifest, origin
     FROM jsonb_to_recordset($1::jsonb)
       AS offered(id uuid, name text, version text, code_digest text, manifest jsonb, origin text)
     ORDER BY name
     ON CONFLICT (name, code_digest) DO UPDATE
       SET last_seen_at = now(), version = excluded.version, manifest = excluded.manifest, origin = excluded.origin`,
    [jsonParameter(rows)],
  );
}

/**
 * What scans are planned with: of each name, the release that was registered last among those still offered. One that
 * an older platform registered under another protocol is left out.
 */
export async function offeredReleases(sql: Sql): Promise<OfferedRelease[]> {
  const rows = await sql.query<{ codeDigest: string; origin: string; manifest: unknown }>(
    `SELECT DISTINCT ON (name) code_digest AS "codeDigest", origin, manifest
     FROM plugin_release
     WHERE last_seen_at > (SELECT max(last_seen_at) FROM plugin_release) - make_interval(secs => ${OFFER_SECONDS})
     ORDER BY name, registered_at DESC, id DESC`,
  );
  return rows.flatMap((row) => {
    const manifest = PluginManifest.safeParse(row.manifest);
    return manifest.success ? [{ ...row, manifest: manifest.data }] : [];
  });
}

export function noPluginRegistered(): AppError {
  return new AppError("CONFLICT", "no plugin is registered, so there is nothing to scan with", {
    hint: "Start a worker: it registers the plugins it offers.",
  });
}

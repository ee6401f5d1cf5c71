import type { CoverageHealth } from "@picket/core";
import type { Replay } from "../scans/plan-scan.ts";
import type { Sql } from "../sql.ts";

/** A place at which a finding shows. */
export interface StoredPlace {
  place: Replay["places"][number];
  /** Detectors that saw it there; empty when that is not known any more. */
  seenBy: string[];
  /** How the place answered the scan that found it there. */
  whenFound: CoverageHealth | null;
}

/** The finding's places that are not known to be mended, or all when all are; the ones seen last come first. */
export async function storedPlaces(
  sql: Sql,
  findingId: string,
  limit: number,
): Promise<{ places: StoredPlace[]; isPartial: boolean }> {
  const places = await sql.query<StoredPlace>(
    `SELECT json_build_object('method', method, 'url', url, 'parameter',
              CASE WHEN parameter_name IS NOT NULL
              THEN json_build_object('name', parameter_name, 'in', parameter_in) END) AS place,
            seen_by AS "seenBy",
            (SELECT min(health) FROM coverage c
             WHERE c.scan_id = i.first_seen_scan_id AND c.location_key = i.location_key AND c.healthy = 0) AS "whenFound"
     FROM instance i WHERE finding_id = $1::uuid AND (fixed_at IS NULL OR NOT EXISTS (
       SELECT 1 FROM instance o WHERE o.finding_id = i.finding_id AND o.fixed_at IS NULL))
     ORDER BY last_seen_at DESC, id LIMIT $2::int`,
    [findingId, limit + 1],
  );
  return { places: places.slice(0, limit), isPartial: places.length > limit };
}

import {
  type Authentication,
  type CoverageHealth,
  healthRank,
  hidesDefects,
  type RouteOfPath,
} from "@picket/core";
import { readRoutes } from "../identity/target-identity.ts";
import { KEYS } from "../ingest/keys.ts";
import { jsonParameter } from "../json-parameter.ts";
import type { Sql } from "../sql.ts";

/** That a module run looked at a place, with the health that its exchanges there come to. */
export interface NewCoverage {
  method: string;
  /** Absolute; secrets in it are masked, as in a finding's place. */
  url: string;
  health: CoverageHealth;
  /** Of looks that were as healthy. Default anonymous. */
  authentication?: Authentication;
  /** At least 1. */
  exchanges: number;
  /** Of these, the healthy ones. Default: all when `health` is healthy, else none. */
  healthy?: number;
  /** The run asked there itself. Default false: it was handed the exchanges. */
  isOwn?: boolean;
  /** When the latest look that was as healthy began. Absent: not known. */
  lookedAt?: Date;
}

interface CoverageRow extends Omit<NewCoverage, "url" | "lookedAt"> {
  locationKey: string;
  route: string;
  healthy: number;
  lookedAt: Date | null;
}

/** Rows in one statement. */
const PAGE = 5_000;

/**
 * One row of each location: a healthy answer anywhere on a route is one of the route, and so is one to the run's own
 * requests that hides defects, which outweighs it.
 */
function coverageRows(coverage: readonly NewCoverage[], route: RouteOfPath): CoverageRow[] {
  const keyed = coverage.map(({ url, lookedAt = null, ...look }) => {
    const place = KEYS.placeKeys({ method: look.method, url }, route);
    return {
      ...look,
      healthy: look.healthy ?? (look.health === "healthy" ? look.exchanges : 0),
      lookedAt,
      locationKey: place.locationKey,
      route: place.route,
    };
  });
  const byKey = Map.groupBy(keyed, ({ locationKey }) => locationKey);
  return [...byKey.values()].map((same) => {
    const best = same.reduce((one, other) => ({
      ...(isAhead(other, one) ? other : one),
      exchanges: one.exchanges + other.exchanges,
      healthy: one.healthy + other.healthy,
    }));
    return { ...best, lookedAt: latestLook(same, best.health) };
  });
}

/** The latest of those that were as healthy as what they come to. */
function latestLook(looks: readonly CoverageRow[], best: CoverageHealth): Date | null {
  const times = looks.flatMap(({ health, lookedAt }) =>
    health === best && lookedAt ? lookedAt.getTime() : [],
  );
  return times.length === 0 ? null : new Date(times.reduce((a, b) => Math.max(a, b)));
}

function isAhead(one: CoverageRow, other: CoverageRow): boolean {
  const isHidden = ({ isOwn, health }: CoverageRow) => isOwn === true && hidesDefects(health);
  if (isHidden(one) !== isHidden(other)) return isHidden(one);
  const ahead = healthRank(other.health) - healthRank(one.health);
  return ahead > 0 || (ahead === 0 && one.authentication === "authenticated");
}

/** Belongs in the transaction that ends the run, under a lock of the identity: the attempt that ended writes it, once. */
export async function insertCoverage(
  sql: Sql,
  { moduleRunId, scanId, targetId }: { moduleRunId: string; scanId: string; targetId: string },
  coverage: readonly NewCoverage[],
): Promise<void> {
  const rows = coverageRows(coverage, await readRoutes(sql, targetId));
  for (let start = 0; start < rows.length; start += PAGE) {
    await sql.query(
      `INSERT INTO coverage (module_run_id, scan_id, location_key, method, route, health, exchanges, healthy, authentication,
                             looked_at)
       SELECT $1::uuid, $2::uuid, "locationKey", method, route, health, exchanges, healthy,
              coalesce(authentication, 'anonymous'), "lookedAt"
       FROM jsonb_to_recordset($3::jsonb) AS r(
         "locationKey" text, method text, route text, health text, exchanges int, healthy int,
         authentication authentication, "lookedAt" timestamptz)
       ON CONFLICT (module_run_id, location_key) DO NOTHING`,
      [moduleRunId, scanId, jsonParameter(rows.slice(start, start + PAGE))],
    );
  }
}

/** Whether a run of the scan that has ended got a healthy answer at a place. */
export type IsHealthyPlace = (place: { method: string; path: string }) => boolean;

/** Null in the stage that finds the places: none has ended yet. */
export async function healthyPlaces(
  sql: Sql,
  { scanId, targetId }: { scanId: string; targetId: string },
): Promise<IsHealthyPlace | null> {
  const rows = await sql.query<{ place: string }>(
    `SELECT DISTINCT method || ' ' || route AS place FROM coverage WHERE scan_id = $1::uuid AND healthy > 0`,
    [scanId],
  );
  if (rows.length === 0) return null;
  const route = await readRoutes(sql, targetId);
  const places = new Set(rows.map(({ place }) => place));
  return ({ method, path }) => places.has(`${method} ${route(path)}`);
}

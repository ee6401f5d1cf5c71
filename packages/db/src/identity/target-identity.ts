import { type RouteOfPath, routeFor } from "@picket/core";
import { KEYS, type KeyScheme } from "../ingest/keys.ts";
import type { NewFinding } from "../ingest/result-batch.ts";
import type { Sql } from "../sql.ts";

/** A live decision: what has this key, at these places or at all, belongs to another finding. */
export interface Override {
  kind: "merge" | "split";
  dedupeKey: string;
  /** Empty: all. */
  instanceKeys: readonly string[];
  resolvesTo: string;
}

/** How findings of a target are told apart: what was learned of its routes, and what was decided. */
export interface TargetIdentity {
  route: RouteOfPath;
  overrides: readonly Override[];
}

/**
 * Holds a target's identity still until the transaction ends. `share`: nobody changes it meanwhile. `exclusive`: nobody
 * stores results meanwhile. Belongs before any row is locked.
 */
export async function lockIdentity(sql: Sql, targetId: string, mode: "share" | "exclusive"): Promise<void> {
  const lock = mode === "share" ? "pg_advisory_xact_lock_shared" : "pg_advisory_xact_lock";
  await sql.query(`SELECT ${lock}(hashtextextended($1::text, 0))::text`, [`identity ${targetId}`]);
}

/** Under a shared lock. */
export async function readIdentity(sql: Sql, targetId: string): Promise<TargetIdentity> {
  await lockIdentity(sql, targetId, "share");
  return { route: await readRoutes(sql, targetId), overrides: await liveOverrides(sql, targetId) };
}

/** Paths whose routes are kept, about 100 kB: a module run asks for as many as its target has. */
const MAX_ROUTES = 500;

/** Routes as they are known now. */
export async function readRoutes(sql: Sql, targetId: string): Promise<RouteOfPath> {
  const rows = await sql.query<{ template: string }>(
    "SELECT template FROM route_template WHERE target_id = $1::uuid AND rejected_at IS NULL",
    [targetId],
  );
  const templates = new Set(rows.map(({ template }) => template));
  // The keys of one sighting ask for the same path several times.
  const routes = new Map<string, string>();
  return (path) => {
    const known = routes.get(path);
    if (known !== undefined) return known;
    const route = routeFor(templates, path);
    if (routes.size >= MAX_ROUTES) routes.clear();
    routes.set(path, route);
    return route;
  };
}

function liveOverrides(sql: Sql, targetId: string): Promise<Override[]> {
  return sql.query(
    `SELECT kind, dedupe_key AS "dedupeKey", instance_keys AS "instanceKeys", resolves_to AS "resolvesTo"
     FROM identity_override WHERE target_id = $1::uuid AND undone_at IS NULL ORDER BY id`,
    [targetId],
  );
}

/** A sighting with its keys. */
export interface KeyedFinding extends Omit<NewFinding, "instance"> {
  /** Of the finding that it belongs to. */
  dedupeKey: string;
  /** Its own dedupe key when a decision brought it to that finding. */
  sourceKey: string | null;
  /** True when it was merged into a finding whose words are not its own. */
  isForeign: boolean;
  instance: NewFinding["instance"] & { key: string; locationKey: string; route: string };
}

/** The keys of a sighting, every live decision obeyed. */
export function keyedFinding(
  { route, overrides }: TargetIdentity,
  finding: NewFinding,
  keys: KeyScheme = KEYS,
): KeyedFinding {
  const { instance } = finding;
  const own = keys.dedupeKey(finding, route);
  const { instanceKey: key, ...place } = keys.placeKeys(instance, route);
  const { dedupeKey, isMerged } = resolve(overrides, own, key);
  return {
    ...finding,
    dedupeKey,
    sourceKey: dedupeKey === own ? null : own,
    isForeign: isMerged,
    instance: { ...instance, key, ...place },
  };
}

/** Follows decisions to the last one, each at most once: what was merged may have been merged again, or taken back. */
function resolve(
  overrides: readonly Override[],
  dedupeKey: string,
  instanceKey: string,
): { dedupeKey: string; isMerged: boolean } {
  const left = new Set(overrides);
  const next = (key: string) => {
    const of = [...left].filter((one) => one.dedupeKey === key);
    return of.find(({ instanceKeys }) => instanceKeys.includes(instanceKey)) ?? of.find(isMerge);
  };
  let [key, isMerged] = [dedupeKey, false];
  for (let one = next(key); one; one = next(key)) {
    left.delete(one);
    key = one.resolvesTo;
    isMerged = isMerged || isMerge(one);
  }
  return { dedupeKey: key, isMerged: isMerged && key !== dedupeKey };
}

function isMerge({ kind }: Override): boolean {
  return kind === "merge";
}

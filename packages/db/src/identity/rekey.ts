import {
  type Instance,
  type ParameterPosition,
  parseWebUrl,
  type RootCause,
  type RouteOfPath,
} from "@picket/core";
import { KEYS, type KeyScheme } from "../ingest/keys.ts";
import { jsonParameter } from "../json-parameter.ts";
import type { Sql } from "../sql.ts";
import { absorb, type LockedFinding, lockFinding } from "./absorb.ts";
import { insertOverride } from "./override-row.ts";
import { lockIdentity, readRoutes } from "./target-identity.ts";

export interface RekeyOptions {
  /** Why findings whose keys become one are merged, such as `route-template`. */
  rule: string;
  reason: string;
  actor: string;
  /** Default: the present one. */
  keys?: KeyScheme;
}

/**
 * Brings everything that is stored of a target to the keys that its parts give now: after a route was learned, or under a
 * new scheme. No finding changes its status or becomes new; those whose keys become one are merged, by the rule. Places
 * whose keys become one stay as they are listed; the oldest of them is the one that later scans see again.
 */
export async function rekeyTarget(sql: Sql, targetId: string, options: RekeyOptions): Promise<void> {
  await lockIdentity(sql, targetId, "exclusive");
  const route = await readRoutes(sql, targetId);
  const keys = options.keys ?? KEYS;
  await rerouteEndpoints(sql, targetId, route);
  await rekeyFindings(sql, targetId, { ...options, keys, route });
  await rekeyInstances(sql, targetId, { keys, route });
}

/** Targets with findings that another version of the keys named. Parts of splits never have keys made of their parts. */
export async function targetsWithOtherKeys(sql: Sql, version: string): Promise<string[]> {
  const rows = await sql.query<{ targetId: string }>(
    `SELECT DISTINCT f.target_id AS "targetId" FROM finding f
     WHERE f.status <> 'soft_deleted' AND NOT starts_with(f.dedupe_key, $1 || ':')
       AND NOT EXISTS (SELECT 1 FROM identity_override o WHERE o.into_finding_id = f.id AND o.kind = 'split')`,
    [version],
  );
  return rows.map(({ targetId }) => targetId);
}

async function rerouteEndpoints(sql: Sql, targetId: string, route: RouteOfPath): Promise<void> {
  const endpoints = await sql.query<{ id: string; url: string; route: string }>(
    "SELECT id, url, route FROM endpoint WHERE target_id = $1::uuid",
    [targetId],
  );
  const moved = endpoints
    .map(({ id, url, route: before }) => ({ id, before, route: route(parseWebUrl(url).path) }))
    .filter((endpoint) => endpoint.route !== endpoint.before);
  if (moved.length === 0) return;
  await sql.query(
    `UPDATE endpoint e SET route = v.route FROM jsonb_to_recordset($1::jsonb) AS v(id uuid, route text) WHERE e.id = v.id`,
    [jsonParameter(moved)],
  );
}

interface StoredPlace {
  method: string;
  url: string;
  parameterName: string | null;
  parameterIn: ParameterPosition | null;
}

function instanceOf({ method, url, parameterName, parameterIn }: StoredPlace): Instance {
  if (parameterName === null || parameterIn === null) return { method, url };
  return { method, url, parameter: { name: parameterName, in: parameterIn } };
}

interface StoredIdentity extends StoredPlace {
  id: string;
  dedupeKey: string;
  type: string;
  level: RootCause["level"];
  key: string;
}

/** What has a key of its own: findings with one of the places that were seen under it. Parts of splits have none. */
function storedIdentities(sql: Sql, targetId: string): Promise<StoredIdentity[]> {
  return sql.query(
    `SELECT DISTINCT ON (own.id) own.id, own.dedupe_key AS "dedupeKey", own.type, own.root_cause_level AS level,
            own.root_cause_key AS key, i.method, i.url, i.parameter_name AS "parameterName", i.parameter_in AS "parameterIn"
     FROM finding f JOIN instance i ON i.finding_id = f.id
     JOIN finding own ON own.target_id = f.target_id AND own.dedupe_key = coalesce(i.source_key, f.dedupe_key)
     WHERE f.target_id = $1::uuid
     ORDER BY own.id, i.id`,
    [targetId],
  );
}

interface Rekeying extends RekeyOptions {
  keys: KeyScheme;
  route: RouteOfPath;
}

async function rekeyFindings(sql: Sql, targetId: string, options: Rekeying): Promise<void> {
  const { keys, route } = options;
  const stored = (await storedIdentities(sql, targetId)).map((identity) => {
    const { type, level, key } = identity;
    const finding = { type, rootCause: { level, key }, instance: instanceOf(identity) };
    return { id: identity.id, before: identity.dedupeKey, after: keys.dedupeKey(finding, route) };
  });
  for (const [after, same] of Map.groupBy(stored, (one) => one.after)) {
    if (same.every(({ before }) => before === after)) continue;
    const members: LockedFinding[] = [];
    for (const { id } of same.toSorted((a, b) => (a.before < b.before ? -1 : 1)))
      members.push(await lockFinding(sql, id));
    await uniteUnder(sql, after, members, options);
  }
}

/**
 * One finding takes the key, the others of these that are alive become part of it. Where a decision made one of them part
 * of a finding with another key, it takes the key, and the decision holds for all.
 */
async function uniteUnder(
  sql: Sql,
  key: string,
  members: readonly LockedFinding[],
  { rule, reason, actor }: RekeyOptions,
): Promise<void> {
  const alive = members.filter(({ status }) => status !== "soft_deleted").toSorted(byAge);
  const decided = await decidedMember(sql, members);
  const heir =
    members.find(({ dedupeKey }) => dedupeKey === key) ?? decided?.member ?? alive[0] ?? members[0];
  if (!heir) return;
  await renameKey(sql, heir, key);
  const owner = heir.id === decided?.member.id ? decided.owner : { ...heir, dedupeKey: key };
  if (owner.status === "soft_deleted") return;
  let into = owner;
  for (const from of alive) {
    if (from.id === owner.id) continue;
    const restore = await absorb(sql, from, into);
    await insertOverride(sql, { kind: "merge", from, into, instanceKeys: [], restore, rule, reason, actor });
    into = await lockFinding(sql, owner.id);
  }
}

/** The first of these that is part of a finding which is none of them, and that finding. */
async function decidedMember(
  sql: Sql,
  members: readonly LockedFinding[],
): Promise<{ member: LockedFinding; owner: LockedFinding } | null> {
  for (const member of members) {
    if (member.status !== "soft_deleted") continue;
    const ownerId = await livingOwner(sql, member.id);
    if (ownerId === null || members.some(({ id }) => id === ownerId)) continue;
    return { member, owner: await lockFinding(sql, ownerId) };
  }
  return null;
}

/** What a finding is part of, over all merges; null when it is deleted. */
async function livingOwner(sql: Sql, findingId: string): Promise<string | null> {
  const [owner] = await sql.query<{ id: string }>(
    `WITH RECURSIVE chain AS (
       SELECT id, merged_into_id, status FROM finding WHERE id = $1::uuid
       UNION SELECT f.id, f.merged_into_id, f.status FROM finding f JOIN chain c ON f.id = c.merged_into_id)
     SELECT id FROM chain WHERE status <> 'soft_deleted' LIMIT 1`,
    [findingId],
  );
  return owner?.id ?? null;
}

/** Open ones first, then the one that was seen first. */
function byAge(a: LockedFinding, b: LockedFinding): number {
  if (a.status !== b.status) return a.status === "open" ? -1 : 1;
  return a.firstSeenAt < b.firstSeenAt || (a.firstSeenAt === b.firstSeenAt && a.id < b.id) ? -1 : 1;
}

/** Wherever a finding is named by its key. */
async function renameKey(sql: Sql, { id, targetId, dedupeKey }: LockedFinding, key: string): Promise<void> {
  if (dedupeKey === key) return;
  await sql.query("UPDATE finding SET dedupe_key = $2, updated_at = now() WHERE id = $1::uuid", [id, key]);
  for (const [table, column, owner] of [
    ["identity_override", "dedupe_key", "target_id"],
    ["identity_override", "resolves_to", "target_id"],
    ["exception_record", "finding_key", "target_id"],
  ] as const)
    await sql.query(`UPDATE ${table} SET ${column} = $3 WHERE ${owner} = $1::uuid AND ${column} = $2`, [
      targetId,
      dedupeKey,
      key,
    ]);
  await sql.query(
    `UPDATE instance i SET source_key = $3 FROM finding f
     WHERE f.id = i.finding_id AND f.target_id = $1::uuid AND i.source_key = $2`,
    [targetId, dedupeKey, key],
  );
}

interface StoredInstance extends StoredPlace {
  id: string;
  findingId: string;
  instanceKey: string;
  locationKey: string;
  route: string;
}

async function rekeyInstances(
  sql: Sql,
  targetId: string,
  { keys, route }: { keys: KeyScheme; route: RouteOfPath },
): Promise<void> {
  const stored = await sql.query<StoredInstance>(
    `SELECT i.id, i.finding_id AS "findingId", i.instance_key AS "instanceKey", i.location_key AS "locationKey", i.route,
            i.method, i.url, i.parameter_name AS "parameterName", i.parameter_in AS "parameterIn"
     FROM instance i JOIN finding f ON f.id = i.finding_id WHERE f.target_id = $1::uuid ORDER BY i.id`,
    [targetId],
  );
  const wanting = Map.groupBy(
    stored,
    (place) => `${place.findingId} ${keys.instanceKey(instanceOf(place), route)}`,
  );
  const taken = new Set(stored.map(({ findingId, instanceKey }) => `${findingId} ${instanceKey}`));
  const changes = stored.flatMap((place) => {
    const instance = instanceOf(place);
    const wanted = keys.instanceKey(instance, route);
    const isFree = !taken.has(`${place.findingId} ${wanted}`);
    if (isFree) taken.add(`${place.findingId} ${wanted}`);
    const change = {
      id: place.id,
      findingId: place.findingId,
      before: place.instanceKey,
      instanceKey: isFree ? wanted : place.instanceKey,
      isAlone: wanting.get(`${place.findingId} ${wanted}`)?.length === 1,
      locationKey: keys.locationKey(instance, route),
      route: route(parseWebUrl(place.url).path),
    };
    const isSame = change.instanceKey === place.instanceKey && change.locationKey === place.locationKey;
    return isSame && change.route === place.route ? [] : [change];
  });
  if (changes.length > 0) await writeInstances(sql, targetId, changes);
}

interface InstanceChange {
  id: string;
  findingId: string;
  before: string;
  /** The same as before where another place of the finding has what its parts give. */
  instanceKey: string;
  /** False when several places of the finding became one. */
  isAlone: boolean;
  locationKey: string;
  route: string;
}

async function writeInstances(sql: Sql, targetId: string, changes: readonly InstanceChange[]): Promise<void> {
  await sql.query(
    `UPDATE instance i SET instance_key = v."instanceKey", location_key = v."locationKey", route = v.route
     FROM jsonb_to_recordset($1::jsonb) AS v(id uuid, "instanceKey" text, "locationKey" text, route text) WHERE i.id = v.id`,
    [jsonParameter(changes)],
  );
  // A place that became one with others is not what was decided about: an exception ends to cover it, and what was split
  // off goes back to its whole.
  const renamed = changes.filter(({ before, instanceKey, isAlone }) => isAlone && before !== instanceKey);
  await followDecisions(sql, targetId, renamed);
}

async function followDecisions(
  sql: Sql,
  targetId: string,
  renamed: readonly Pick<InstanceChange, "findingId" | "before" | "instanceKey">[],
): Promise<void> {
  const values = [targetId, jsonParameter(renamed)];
  await sql.query(
    `UPDATE exception_record x SET instance_key = v."instanceKey"
     FROM jsonb_to_recordset($2::jsonb) AS v("findingId" uuid, before text, "instanceKey" text)
     JOIN finding f ON f.id = v."findingId"
     WHERE x.target_id = $1::uuid AND x.finding_key = f.dedupe_key AND x.instance_key = v.before`,
    values,
  );
  await sql.query(
    `UPDATE identity_override o SET instance_keys = ARRAY(
       SELECT DISTINCT coalesce((
         SELECT v."instanceKey" FROM jsonb_to_recordset($2::jsonb) AS v(before text, "instanceKey" text)
         WHERE v.before = k AND NOT EXISTS (
           SELECT 1 FROM instance i WHERE i.finding_id = o.finding_id AND i.instance_key = v."instanceKey")
         LIMIT 1), k) FROM unnest(o.instance_keys) AS k)
     WHERE o.target_id = $1::uuid AND cardinality(o.instance_keys) > 0`,
    values,
  );
}

import { parseWebUrl, type RootCause, type RouteOfPath } from "@picket/core";
import { KEYS, type KeyScheme } from "../ingest/keys.ts";
import { jsonParameter } from "../json-parameter.ts";
import { pagesOf } from "../pages-of.ts";
import type { Sql } from "../sql.ts";
import { absorb, type LockedFinding, lockFinding } from "./absorb.ts";
import { insertOverride } from "./override-row.ts";
import { instanceOf, PLACE, rekeyPlaces, type StoredParts } from "./rekey-places.ts";
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
  await rekeyPlaces(sql, targetId, { keys, route });
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
  const stored = "SELECT id, url, route FROM endpoint WHERE target_id = $1::uuid";
  for await (const page of pagesOf<{ id: string; url: string; route: string }>(sql, stored, [targetId])) {
    const moved = page
      .map(({ id, url, route: before }) => ({ id, before, route: route(parseWebUrl(url).path) }))
      .filter((endpoint) => endpoint.route !== endpoint.before);
    if (moved.length === 0) continue;
    await sql.query(
      `UPDATE endpoint e SET route = v.route FROM jsonb_to_recordset($1::jsonb) AS v(id uuid, route text) WHERE e.id = v.id`,
      [jsonParameter(moved)],
    );
  }
}

interface StoredIdentity extends StoredParts {
  id: string;
  dedupeKey: string;
  type: string;
  level: RootCause["level"];
  key: string;
}

/**
 * What has a key of its own: findings with the first place that was seen under it, theirs or, of what was merged or split,
 * that of another one. Parts of splits have none.
 */
function storedIdentities(sql: Sql, targetId: string): Promise<StoredIdentity[]> {
  return sql.query(
    `SELECT own.id, own.dedupe_key AS "dedupeKey", own.type, own.root_cause_level AS level, own.root_cause_key AS key,
            ${PLACE}
     FROM finding own CROSS JOIN LATERAL (
       (SELECT p.* FROM instance p WHERE p.finding_id = own.id AND p.source_key IS NULL ORDER BY p.id LIMIT 1)
       UNION ALL
       (SELECT p.* FROM instance p JOIN finding f ON f.id = p.finding_id
        WHERE p.source_key = own.dedupe_key AND f.target_id = own.target_id ORDER BY p.id LIMIT 1)
       ORDER BY id LIMIT 1) i
     WHERE own.target_id = $1::uuid ORDER BY own.id`,
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

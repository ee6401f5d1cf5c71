import { AppError, type FindingStatus } from "@picket/core";
import { jsonParameter } from "../json-parameter.ts";
import type { Sql } from "../sql.ts";

/** A finding as far as merging is concerned, locked. */
export interface LockedFinding {
  id: string;
  targetId: string;
  dedupeKey: string;
  status: FindingStatus;
  fixedAt: string | null;
  severity: string;
  isNews: boolean;
  firstSeenScanId: string;
  firstSeenAt: string;
  lastSeenScanId: string;
  lastSeenAt: string;
  lastChange: string | null;
  lastChangeScanId: string | null;
  lastChangeReason: string | null;
  lastChangeCause: string | null;
}

/** What undoing a merge gives back. Stored with the decision. */
export interface MergeRestore {
  finding: Pick<LockedFinding, "status" | "fixedAt">;
  into: Omit<LockedFinding, "id" | "targetId" | "dedupeKey">;
  /** Of the finding merged into, right after the merge: while it stays, no scan has looked since. */
  lastSeenScanId: string;
  lastChangeScanId: string | null;
  instanceIds: string[];
  /** Attributions that the finding merged into had not. */
  plugins: string[];
}

/** Times as text: they go into JSON and come back to the microsecond. */
const LOCKED = `
  id, target_id AS "targetId", dedupe_key AS "dedupeKey", status, fixed_at::text AS "fixedAt", severity,
  is_news AS "isNews", first_seen_scan_id AS "firstSeenScanId", first_seen_at::text AS "firstSeenAt",
  last_seen_scan_id AS "lastSeenScanId", last_seen_at::text AS "lastSeenAt", last_change AS "lastChange",
  last_change_scan_id AS "lastChangeScanId", last_change_reason AS "lastChangeReason",
  last_change_cause AS "lastChangeCause"`;

/** Throws NOT_FOUND. */
export async function lockFinding(sql: Sql, id: string): Promise<LockedFinding> {
  const [finding] = await sql.query<LockedFinding>(
    `SELECT ${LOCKED} FROM finding WHERE id = $1::uuid FOR NO KEY UPDATE`,
    [id],
  );
  if (!finding) throw new AppError("NOT_FOUND", `there is no finding ${id}`);
  return finding;
}

/**
 * Makes one finding part of another: open wins, the earliest first sight stays, the worst severity counts, nothing
 * becomes news that was known. Every place moves, save those that the other shows as well.
 */
export async function absorb(sql: Sql, from: LockedFinding, into: LockedFinding): Promise<MergeRestore> {
  const instances = await sql.query<{ id: string }>(
    `UPDATE instance i SET finding_id = $2::uuid, source_key = nullif(coalesce(source_key, $3), $4)
     WHERE finding_id = $1::uuid
       AND NOT EXISTS (SELECT 1 FROM instance o WHERE o.finding_id = $2::uuid AND o.instance_key = i.instance_key)
     RETURNING id`,
    [from.id, into.id, from.dedupeKey, into.dedupeKey],
  );
  const plugins = await lendAttributions(sql, from.id, into.id);
  const after = await takeLife(sql, from, into);
  await sql.query(
    `UPDATE finding SET status = 'soft_deleted', deleted_at = now(), fixed_at = NULL, is_news = false,
            merged_into_id = $2::uuid, updated_at = now() WHERE id = $1::uuid`,
    [from.id, into.id],
  );
  const { id: _id, targetId: _target, dedupeKey: _key, ...life } = into;
  return {
    finding: { status: from.status, fixedAt: from.fixedAt },
    into: life,
    ...after,
    instanceIds: instances.map(({ id }) => id),
    plugins,
  };
}

/** Names of the plugins that the other had not. */
async function lendAttributions(sql: Sql, fromId: string, intoId: string): Promise<string[]> {
  const added = await sql.query<{ plugin: string; isNew: boolean }>(
    `INSERT INTO attribution AS a (finding_id, plugin, version, first_seen_scan_id, last_seen_scan_id, first_seen_at,
                                   last_seen_at)
     SELECT $2::uuid, plugin, version, first_seen_scan_id, last_seen_scan_id, first_seen_at, last_seen_at
     FROM attribution WHERE finding_id = $1::uuid ORDER BY plugin
     ON CONFLICT (finding_id, plugin) DO UPDATE SET
       first_seen_scan_id = CASE WHEN excluded.first_seen_at < a.first_seen_at THEN excluded.first_seen_scan_id
                                 ELSE a.first_seen_scan_id END,
       last_seen_scan_id = CASE WHEN excluded.last_seen_at > a.last_seen_at THEN excluded.last_seen_scan_id
                                ELSE a.last_seen_scan_id END,
       first_seen_at = least(a.first_seen_at, excluded.first_seen_at),
       last_seen_at = greatest(a.last_seen_at, excluded.last_seen_at)
     RETURNING plugin, xmax = 0 AS "isNew"`,
    [fromId, intoId],
  );
  return added.filter(({ isNew }) => isNew).map(({ plugin }) => plugin);
}

async function takeLife(
  sql: Sql,
  from: LockedFinding,
  into: LockedFinding,
): Promise<Pick<MergeRestore, "lastSeenScanId" | "lastChangeScanId">> {
  const reopens = from.status === "open" && into.status !== "open";
  const wasKnown = from.status === "open" && into.status === "open" && into.isNews && !from.isNews;
  const teller = reopens || wasKnown ? from : into;
  const first = from.firstSeenAt < into.firstSeenAt ? from : into;
  const last = from.lastSeenAt > into.lastSeenAt ? from : into;
  const life: LockedFinding = {
    ...into,
    ...changeOf(teller),
    status: reopens ? "open" : into.status,
    fixedAt: reopens ? null : into.fixedAt,
    firstSeenScanId: first.firstSeenScanId,
    firstSeenAt: first.firstSeenAt,
    lastSeenScanId: last.lastSeenScanId,
    lastSeenAt: last.lastSeenAt,
  };
  await writeLife(sql, into.id, life);
  await sql.query("UPDATE finding SET severity = least(severity, $2::severity) WHERE id = $1::uuid", [
    into.id,
    from.severity,
  ]);
  return { lastSeenScanId: life.lastSeenScanId, lastChangeScanId: life.lastChangeScanId };
}

function changeOf(finding: LockedFinding) {
  const { lastChange, lastChangeScanId, lastChangeReason, lastChangeCause, isNews } = finding;
  return { lastChange, lastChangeScanId, lastChangeReason, lastChangeCause, isNews };
}

type Life = Omit<LockedFinding, "id" | "targetId" | "dedupeKey">;

/** Of a finding that is not deleted, or is not to be any more. */
async function writeLife(sql: Sql, id: string, life: Life): Promise<void> {
  await sql.query(
    `UPDATE finding f SET status = v.status, fixed_at = v."fixedAt", severity = v.severity,
       first_seen_scan_id = v."firstSeenScanId", first_seen_at = v."firstSeenAt",
       last_seen_scan_id = v."lastSeenScanId", last_seen_at = v."lastSeenAt", last_change = v."lastChange",
       last_change_scan_id = v."lastChangeScanId", last_change_reason = v."lastChangeReason",
       last_change_cause = v."lastChangeCause", deleted_at = NULL, merged_into_id = NULL,
       is_news = v.status = 'open' AND coalesce(
         v."lastChange" IN ('new', 'reopened') OR (v."lastChange" = 'not_observed' AND v."isNews"), false),
       updated_at = now()
     FROM jsonb_to_record($2::jsonb) AS v(
       status finding_status, "fixedAt" timestamptz, severity severity, "firstSeenScanId" uuid,
       "firstSeenAt" timestamptz, "lastSeenScanId" uuid, "lastSeenAt" timestamptz, "lastChange" change,
       "lastChangeScanId" uuid, "lastChangeReason" text, "lastChangeCause" text, "isNews" boolean)
     WHERE f.id = $1::uuid`,
    [id, jsonParameter(life)],
  );
}

/**
 * Takes a finding out of another again. While no scan has looked since, both are as they were; after one, both have the
 * status that it gave to the two together, for what it saw it saw of both.
 */
export async function release(
  sql: Sql,
  from: LockedFinding,
  into: LockedFinding,
  restore: MergeRestore,
): Promise<void> {
  const isUntouched =
    into.lastSeenScanId === restore.lastSeenScanId && into.lastChangeScanId === restore.lastChangeScanId;
  const state = isUntouched ? restore.finding : { status: into.status, fixedAt: into.fixedAt };
  const change = isUntouched ? changeOf(from) : changeOf(into);
  const seen = isUntouched ? {} : { lastSeenScanId: into.lastSeenScanId, lastSeenAt: into.lastSeenAt };
  await writeLife(sql, from.id, { ...from, ...change, ...seen, ...state });
  const { firstSeenScanId, firstSeenAt } = restore.into;
  await writeLife(sql, into.id, isUntouched ? restore.into : { ...into, firstSeenScanId, firstSeenAt });
  await sql.query(
    `UPDATE instance i SET finding_id = $1::uuid, source_key = nullif(source_key, $4)
     WHERE finding_id = $2::uuid AND (id = ANY ($3::uuid[]) OR source_key = $4)
       AND NOT EXISTS (SELECT 1 FROM instance o WHERE o.finding_id = $1::uuid AND o.instance_key = i.instance_key)`,
    [from.id, into.id, restore.instanceIds, from.dedupeKey],
  );
  await sql.query("DELETE FROM attribution WHERE finding_id = $1::uuid AND plugin = ANY ($2::text[])", [
    into.id,
    restore.plugins,
  ]);
}

import { AppError, lengthDelimited, type NewMerge, type NewSplit, uuidv7 } from "@picket/core";
import { appendAudit } from "../audit/audit-store.ts";
import { sha256 } from "../sha256.ts";
import type { Sql } from "../sql.ts";
import { absorb, type LockedFinding, lockFinding, type MergeRestore, release } from "./absorb.ts";
import { BY_PERSON, BY_ROUTE, insertOverride, TEMPLATE_SEPARATOR } from "./override-row.ts";
import { rekeyTarget } from "./rekey.ts";
import { lockIdentity } from "./target-identity.ts";

/** The target's identity locked before the finding, as everywhere. Throws NOT_FOUND, CONFLICT for one that is deleted. */
async function lockActive(sql: Sql, id: string): Promise<LockedFinding> {
  const [row] = await sql.query<{ targetId: string }>(
    `SELECT target_id AS "targetId" FROM finding WHERE id = $1::uuid`,
    [id],
  );
  if (row) await lockIdentity(sql, row.targetId, "exclusive");
  const finding = await lockFinding(sql, id);
  if (finding.status === "soft_deleted")
    throw new AppError("CONFLICT", `finding ${id} is deleted or part of another finding`);
  return finding;
}

/** Makes a finding part of another from now on, later scans included. Throws NOT_FOUND, INVALID_INPUT, CONFLICT. */
export async function mergeFinding(
  sql: Sql,
  findingId: string,
  { into: intoId, reason }: NewMerge,
  actor: string,
): Promise<string> {
  if (findingId === intoId) throw invalid("into", "must be another finding");
  const from = await lockActive(sql, findingId);
  const into = await lockActive(sql, intoId);
  if (from.targetId !== into.targetId) throw invalid("into", "must be a finding of the same target");
  const restore = await absorb(sql, from, into);
  const by = { rule: BY_PERSON, reason, actor };
  const id = await insertOverride(sql, { kind: "merge", from, into, instanceKeys: [], restore, ...by });
  await appendAudit(sql, {
    actor,
    action: "finding.merged",
    params: { overrideId: id, findingId, into: intoId, rule: BY_PERSON, reason, before: restore.finding },
  });
  return id;
}

/** Makes some places of a finding one of their own, later scans included. Throws NOT_FOUND, INVALID_INPUT, CONFLICT. */
export async function splitFinding(
  sql: Sql,
  findingId: string,
  { instanceIds, reason }: NewSplit,
  actor: string,
): Promise<string> {
  const from = await lockActive(sql, findingId);
  const places = await sql.query<{ id: string; key: string }>(
    "SELECT id, instance_key AS key FROM instance WHERE finding_id = $1::uuid ORDER BY id",
    [findingId],
  );
  const wanted = new Set(instanceIds);
  const moved = places.filter(({ id }) => wanted.has(id));
  if (moved.length < wanted.size)
    throw invalid("instanceIds", `some are no instances of finding ${findingId}`);
  if (moved.length === places.length) throw invalid("instanceIds", "must leave the finding at least one");
  const into = await insertPart(sql, from);
  await sql.query(
    "UPDATE instance SET finding_id = $2::uuid, source_key = coalesce(source_key, $3) WHERE id = ANY ($1::uuid[])",
    [moved.map(({ id }) => id), into.id, from.dedupeKey],
  );
  const instanceKeys = moved.map(({ key }) => key);
  const by = { rule: BY_PERSON, reason, actor };
  const id = await insertOverride(sql, { kind: "split", from, into, instanceKeys, restore: null, ...by });
  await appendAudit(sql, {
    actor,
    action: "finding.split",
    params: { overrideId: id, findingId, into: into.id, instances: moved.length, reason },
  });
  return id;
}

const COPIED = `target_id, type, root_cause_level, root_cause_key, title, description, severity, confidence,
  confidence_score, confidence_factors, verified, status, remediation, "references", cwe_id, cve_id, evidence_ids,
  source_module, first_seen_scan_id, last_seen_scan_id, first_seen_at, last_seen_at, fixed_at, last_change,
  last_change_scan_id, last_change_reason, last_change_cause, is_news`;

/** A finding like this one, with a key that nothing else can have. */
async function insertPart(
  sql: Sql,
  { id, dedupeKey }: LockedFinding,
): Promise<{ id: string; dedupeKey: string }> {
  const version = dedupeKey.slice(0, dedupeKey.indexOf(":"));
  const part = { id: uuidv7(), dedupeKey: "" };
  part.dedupeKey = `${version}:${sha256(lengthDelimited(["split", dedupeKey, part.id]))}`;
  await sql.query(
    `INSERT INTO finding (id, dedupe_key, ${COPIED}) SELECT $2::uuid, $3, ${COPIED} FROM finding WHERE id = $1::uuid`,
    [id, part.id, part.dedupeKey],
  );
  await sql.query(
    `INSERT INTO attribution (finding_id, plugin, version, first_seen_scan_id, last_seen_scan_id, first_seen_at, last_seen_at)
     SELECT $2::uuid, plugin, version, first_seen_scan_id, last_seen_scan_id, first_seen_at, last_seen_at
     FROM attribution WHERE finding_id = $1::uuid`,
    [id, part.id],
  );
  return part;
}

interface StoredOverride {
  id: string;
  kind: "merge" | "split";
  rule: string;
  reason: string;
  findingId: string;
  intoFindingId: string;
  targetId: string;
  restore: MergeRestore | null;
  isUndone: boolean;
}

async function storedOverride(sql: Sql, id: string): Promise<StoredOverride> {
  const [stored] = await sql.query<StoredOverride>(
    `SELECT id, kind, rule, reason, finding_id AS "findingId", into_finding_id AS "intoFindingId", target_id AS "targetId",
            restore, undone_at IS NOT NULL AS "isUndone"
     FROM identity_override WHERE id = $1::uuid`,
    [id],
  );
  if (!stored) throw new AppError("NOT_FOUND", `there is no merge or split ${id}`);
  return stored;
}

/**
 * Takes a decision back: a merged finding is itself again, a part joins its whole. Undoing a merge that learned routes
 * made takes back those routes for good, and every merge that they made. Throws NOT_FOUND, and CONFLICT when it was
 * undone before or a later decision stands on it.
 */
export async function undoOverride(sql: Sql, id: string, actor: string): Promise<void> {
  const { targetId } = await storedOverride(sql, id);
  await lockIdentity(sql, targetId, "exclusive");
  const stored = await storedOverride(sql, id);
  if (stored.isUndone) throw new AppError("CONFLICT", `merge or split ${id} is undone already`);
  if (stored.rule === BY_ROUTE) await rejectRoutes(sql, stored, actor);
  else await undoOne(sql, stored, actor);
}

async function rejectRoutes(
  sql: Sql,
  { targetId, rule, reason }: StoredOverride,
  actor: string,
): Promise<void> {
  await sql.query(
    `UPDATE route_template SET rejected_at = now(), rejected_by = $3
     WHERE target_id = $1::uuid AND template = ANY ($2::text[]) AND rejected_at IS NULL`,
    [targetId, reason.split(TEMPLATE_SEPARATOR), actor],
  );
  const merges = await sql.query<{ id: string }>(
    `SELECT id FROM identity_override
     WHERE target_id = $1::uuid AND rule = $2 AND reason = $3 AND undone_at IS NULL ORDER BY created_at DESC`,
    [targetId, rule, reason],
  );
  for (const { id } of merges) await undoOne(sql, await storedOverride(sql, id), actor);
  await rekeyTarget(sql, targetId, { rule: "route-rejected", reason, actor });
}

async function undoOne(sql: Sql, stored: StoredOverride, actor: string): Promise<void> {
  const { id, kind, findingId, intoFindingId, rule } = stored;
  await undoLocked(sql, stored);
  await sql.query("UPDATE identity_override SET undone_at = now(), undone_by = $2 WHERE id = $1::uuid", [
    id,
    actor,
  ]);
  await appendAudit(sql, {
    actor,
    action: kind === "merge" ? "finding.merge_undone" : "finding.split_undone",
    params: { overrideId: id, findingId, into: intoFindingId, rule },
  });
}

async function undoLocked(
  sql: Sql,
  { kind, findingId, intoFindingId, restore }: StoredOverride,
): Promise<void> {
  const from = await lockFinding(sql, findingId);
  const into = await lockFinding(sql, intoFindingId);
  // What is part of yet another finding has to come out of it first.
  const blocking = kind === "merge" ? [into] : [from, into];
  if (blocking.some(({ status }) => status === "soft_deleted"))
    throw new AppError("CONFLICT", "a later merge or split stands on this one", {
      hint: "Undo the later one first.",
    });
  if (kind === "split") await absorb(sql, into, from);
  else if (restore) await release(sql, from, into, restore);
}

function invalid(path: string, message: string): AppError {
  return new AppError("INVALID_INPUT", `${path}: ${message}`, { details: { issues: [{ path, message }] } });
}

import { AppError, type NewTarget, type TargetChange, uuidv7 } from "@picket/core";
import { appendAudit } from "../audit/audit-store.ts";
import type { Connection } from "../database.ts";
import { definedOnly } from "../defined-only.ts";
import { Prisma } from "../generated/client.ts";
import { assertProject } from "../projects/assert-project.ts";
import { removeSchedule } from "../schedules/schedule-store.ts";
import type { Sql } from "../sql.ts";

type Budget = NonNullable<TargetChange["budget"]>;

/** What the change leaves out stays out. */
function budgetColumns({ rps, concurrency, maxRuntimeSeconds, maxRequests }: Budget) {
  return definedOnly({
    budgetRps: rps,
    budgetConcurrency: concurrency,
    budgetMaxRuntimeSeconds: maxRuntimeSeconds,
    budgetMaxRequests: maxRequests,
  });
}

type Requests = NonNullable<TargetChange["requests"]>;

function requestColumns({ mark, forms, destructive }: Requests) {
  return definedOnly({
    requestMark: mark === null ? Prisma.DbNull : mark,
    requestForms: forms,
    requestDestructive: destructive,
  });
}

/** Returns the new target's id. Throws INVALID_INPUT when there is no such project. */
export async function createTarget(
  { records, sql }: Connection,
  target: NewTarget,
  actor: string,
): Promise<string> {
  await assertProject(records, target.projectId);
  const { budget, requests, ...columns } = target;
  const { id } = await records.target.create({
    data: { id: uuidv7(), ...columns, ...budgetColumns(budget), ...requestColumns(requests) },
  });
  await appendAudit(sql, { actor, action: "target.created", params: { targetId: id, ...target } });
  return id;
}

/** Throws NOT_FOUND (also for a deleted target), and CONFLICT when the base URL would change under a scan. */
export async function updateTarget(
  { records, sql }: Connection,
  id: string,
  { change, actor }: { change: TargetChange; actor: string },
): Promise<void> {
  await lockTarget(sql, id);
  if (change.baseUrl !== undefined) await assertIdle(sql, id, "change the base URL");
  const { budget, requests, ...columns } = change;
  const data = definedOnly({
    ...columns,
    ...(budget && budgetColumns(budget)),
    ...(requests && requestColumns(requests)),
  });
  await records.target.update({ where: { id }, data });
  await appendAudit(sql, { actor, action: "target.updated", params: { targetId: id, change } });
}

/**
 * Hides the target and what was found on it, and removes its schedules; its scans and findings stay, for whoever asks
 * for them by target or scan. Throws NOT_FOUND, and CONFLICT while a scan is under way.
 */
export async function deleteTarget({ records, sql }: Connection, id: string, actor: string): Promise<void> {
  // A due schedule locks itself before its target.
  const schedules = await sql.query<{ id: string }>(
    "SELECT id FROM schedule WHERE target_id = $1::uuid AND removed_at IS NULL ORDER BY id",
    [id],
  );
  for (const schedule of schedules) await removeSchedule(sql, schedule.id, actor);
  await lockTarget(sql, id);
  await assertIdle(sql, id, "delete the target");
  await records.target.update({ where: { id }, data: { deletedAt: new Date() } });
  await appendAudit(sql, { actor, action: "target.deleted", params: { targetId: id } });
}

/** Against the FOR KEY SHARE of planning: a scan is planned before this transaction, and is seen, or after it. */
async function lockTarget(sql: Sql, id: string): Promise<void> {
  const found = await sql.query(
    "SELECT 1 FROM target WHERE id = $1::uuid AND deleted_at IS NULL FOR UPDATE",
    [id],
  );
  if (found.length === 0) throw new AppError("NOT_FOUND", `there is no target ${id}`);
}

async function assertIdle(sql: Sql, targetId: string, intent: string): Promise<void> {
  const [scan] = await sql.query<{ id: string }>(
    "SELECT id FROM scan WHERE target_id = $1::uuid AND finished_at IS NULL LIMIT 1",
    [targetId],
  );
  if (!scan) return;
  throw new AppError("CONFLICT", `scan ${scan.id} of this target is under way`, {
    hint: `Wait for its end or cancel it, then ${intent}.`,
  });
}

import { AppError, type NewTarget, type TargetChange, uuidv7 } from "@picket/core";
import { appendAudit } from "../audit/audit-store.ts";
import { setColumns } from "../set-columns.ts";
import type { Sql } from "../sql.ts";

type Columns = Record<string, unknown>;

function columnsOf(target: Omit<TargetChange, "budget"> & { budget?: TargetChange["budget"] }): Columns {
  return {
    name: target.name,
    base_url: target.baseUrl,
    environment: target.environment,
    owner: target.owner,
    team: target.team,
    criticality: target.criticality,
    data_sensitivity: target.dataSensitivity,
    exposure: target.exposure,
    budget_rps: target.budget?.rps,
    budget_concurrency: target.budget?.concurrency,
    budget_max_runtime_seconds: target.budget?.maxRuntimeSeconds,
    budget_max_requests: target.budget?.maxRequests,
  };
}

/** Returns the new target's id. Throws INVALID_INPUT when there is no such project. */
export async function createTarget(sql: Sql, target: NewTarget, actor: string): Promise<string> {
  const id = uuidv7();
  const columns = { id, ...columnsOf(target) };
  const names = Object.keys(columns);
  const places = names.map((_, index) => `$${index + 2}`);
  const inserted = await sql.query(
    `INSERT INTO target (project_id, ${names.join(", ")})
     SELECT p.id, ${places.join(", ")} FROM project p WHERE p.id = $1::uuid RETURNING id`,
    [target.projectId, ...Object.values(columns)],
  );
  if (inserted.length === 0) throw noSuchProject(target.projectId);
  await appendAudit(sql, { actor, action: "target.created", params: { targetId: id, ...target } });
  return id;
}

function noSuchProject(id: string): AppError {
  const message = `there is no project ${id}`;
  return new AppError("INVALID_INPUT", message, { details: { issues: [{ path: "projectId", message }] } });
}

/** Throws NOT_FOUND (also for a deleted target), and CONFLICT when the base URL would change under a scan. */
export async function updateTarget(
  sql: Sql,
  id: string,
  { change, actor }: { change: TargetChange; actor: string },
): Promise<void> {
  await lockTarget(sql, id);
  if (change.baseUrl !== undefined) await assertIdle(sql, id, "change the base URL");
  const { text, values } = setColumns(columnsOf(change), 2);
  await sql.query(`UPDATE target SET ${text}, updated_at = now() WHERE id = $1::uuid`, [id, ...values]);
  await appendAudit(sql, { actor, action: "target.updated", params: { targetId: id, change } });
}

/** Hides the target; its scans and findings stay. Throws NOT_FOUND, and CONFLICT while a scan is under way. */
export async function deleteTarget(sql: Sql, id: string, actor: string): Promise<void> {
  await lockTarget(sql, id);
  await assertIdle(sql, id, "delete the target");
  await sql.query("UPDATE target SET deleted_at = now(), updated_at = now() WHERE id = $1::uuid", [id]);
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

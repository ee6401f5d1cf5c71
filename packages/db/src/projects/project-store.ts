import { AppError, type NewProject, type ProjectChange, uuidv7 } from "@picket/core";
import { appendAudit } from "../audit/audit-store.ts";
import { setColumns } from "../set-columns.ts";
import type { Sql } from "../sql.ts";

/** Returns the new project's id. Throws CONFLICT when the name is taken. */
export async function createProject(sql: Sql, project: NewProject, actor: string): Promise<string> {
  const id = uuidv7();
  const { name, description } = project;
  const inserted = await sql.query(
    `INSERT INTO project (id, name, description) VALUES ($1::uuid, $2, $3) ON CONFLICT (name) DO NOTHING RETURNING id`,
    [id, name, description],
  );
  if (inserted.length === 0) throw nameTaken(name);
  await appendAudit(sql, { actor, action: "project.created", params: { projectId: id, name } });
  return id;
}

/** Throws NOT_FOUND, and CONFLICT when the name is taken. */
export async function updateProject(
  sql: Sql,
  id: string,
  { change, actor }: { change: ProjectChange; actor: string },
): Promise<void> {
  if (change.name !== undefined) await assertNameFree(sql, change.name, id);
  const { text, values } = setColumns({ ...change }, 2);
  const updated = await sql.query(
    `UPDATE project SET ${text}, updated_at = now() WHERE id = $1::uuid RETURNING id`,
    [id, ...values],
  );
  if (updated.length === 0) throw new AppError("NOT_FOUND", `there is no project ${id}`);
  await appendAudit(sql, { actor, action: "project.updated", params: { projectId: id, change } });
}

async function assertNameFree(sql: Sql, name: string, exceptId: string): Promise<void> {
  const taken = await sql.query("SELECT 1 FROM project WHERE name = $1 AND id <> $2::uuid", [name, exceptId]);
  if (taken.length > 0) throw nameTaken(name);
}

function nameTaken(name: string): AppError {
  return new AppError("CONFLICT", `there is already a project named ${name}`, {
    hint: "Choose another name.",
  });
}

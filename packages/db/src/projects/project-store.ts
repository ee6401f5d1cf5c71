import { AppError, type NewProject, type ProjectChange, type Role, uuidv7 } from "@picket/core";
import { appendAudit } from "../audit/audit-store.ts";
import type { Connection } from "../database.ts";
import { definedOnly } from "../defined-only.ts";

/** Returns the new project's id. Throws CONFLICT when the name is taken. */
export async function createProject(
  { records, sql }: Connection,
  project: NewProject,
  actor: string,
): Promise<string> {
  const id = uuidv7();
  const { count } = await records.project.createMany({ data: { id, ...project }, skipDuplicates: true });
  if (count === 0) throw nameTaken(project.name);
  await appendAudit(sql, {
    actor,
    action: "project.created",
    params: { projectId: id, name: project.name },
  });
  return id;
}

/** Throws NOT_FOUND, and CONFLICT when the name is taken. */
export async function updateProject(
  { records, sql }: Connection,
  id: string,
  { change, actor }: { change: ProjectChange; actor: string },
): Promise<void> {
  if (change.name !== undefined) {
    const taken = await records.project.count({ where: { name: change.name, id: { not: id } } });
    if (taken > 0) throw nameTaken(change.name);
  }
  const { count } = await records.project.updateMany({ where: { id }, data: definedOnly(change) });
  if (count === 0) throw new AppError("NOT_FOUND", `there is no project ${id}`);
  await appendAudit(sql, { actor, action: "project.updated", params: { projectId: id, change } });
}

/** Says whose tokens decide about exceptions of a project, from now on. Throws NOT_FOUND. */
export async function setExceptionApprovers(
  { sql }: Connection,
  id: string,
  { roles, actor }: { roles: readonly Role[]; actor: string },
): Promise<void> {
  const [changed] = await sql.query<{ before: Role[] }>(
    `UPDATE project p SET exception_approvers = $2::role[], updated_at = now()
     FROM (SELECT id, exception_approvers FROM project WHERE id = $1::uuid FOR UPDATE) before
     WHERE p.id = before.id RETURNING before.exception_approvers::text[] AS before`,
    [id, [...roles]],
  );
  if (!changed) throw new AppError("NOT_FOUND", `there is no project ${id}`);
  await appendAudit(sql, {
    actor,
    action: "project.updated",
    params: {
      projectId: id,
      before: { exceptionApprovers: changed.before },
      after: { exceptionApprovers: roles },
    },
  });
}

function nameTaken(name: string): AppError {
  return new AppError("CONFLICT", `there is already a project named ${name}`, {
    hint: "Choose another name.",
  });
}

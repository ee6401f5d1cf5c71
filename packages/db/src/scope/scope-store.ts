import { AppError, type NewScopeEntry, type ScopeRemoval, uuidv7 } from "@picket/core";
import { appendAudit } from "../audit/audit-store.ts";
import type { Sql } from "../sql.ts";

/** Returns the new entry's id. Throws INVALID_INPUT when there is no such project. */
export async function addScopeEntry(sql: Sql, entry: NewScopeEntry, actor: string): Promise<string> {
  const id = uuidv7();
  const { projectId, pattern, ports, addedBy, reason } = entry;
  const inserted = await sql.query(
    `INSERT INTO scope_entry (id, project_id, pattern, ports, added_by, reason)
     SELECT $2::uuid, p.id, $3, $4::text[], $5, $6 FROM project p WHERE p.id = $1::uuid RETURNING id`,
    [projectId, id, pattern, ports, addedBy, reason],
  );
  if (inserted.length === 0) {
    const message = `there is no project ${projectId}`;
    throw new AppError("INVALID_INPUT", message, { details: { issues: [{ path: "projectId", message }] } });
  }
  await appendAudit(sql, { actor, action: "scope.added", params: { scopeEntryId: id, ...entry } });
  return id;
}

/** The row stays, with who took it back. Throws NOT_FOUND when no entry in force has this id. */
export async function removeScopeEntry(
  sql: Sql,
  id: string,
  { removal, actor }: { removal: ScopeRemoval; actor: string },
): Promise<void> {
  const [removed] = await sql.query<{ projectId: string; pattern: string; ports: string[] }>(
    `UPDATE scope_entry SET removed_at = now(), removed_by = $2
     WHERE id = $1::uuid AND removed_at IS NULL RETURNING project_id AS "projectId", pattern, ports`,
    [id, removal.removedBy],
  );
  if (!removed) throw new AppError("NOT_FOUND", `there is no scope entry ${id} in force`);
  await appendAudit(sql, {
    actor,
    action: "scope.removed",
    params: { scopeEntryId: id, ...removed, ...removal },
  });
}

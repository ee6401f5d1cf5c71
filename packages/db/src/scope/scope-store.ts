import { AppError, type NewScopeEntry, type ScopeRemoval, uuidv7 } from "@picket/core";
import { appendAudit } from "../audit/audit-store.ts";
import type { Connection } from "../database.ts";
import { assertProject } from "../projects/assert-project.ts";

/** Returns the new entry's id. Throws INVALID_INPUT when there is no such project. */
export async function addScopeEntry(
  { records, sql }: Connection,
  entry: NewScopeEntry,
  actor: string,
): Promise<string> {
  await assertProject(records, entry.projectId);
  const { id } = await records.scopeEntry.create({ data: { id: uuidv7(), ...entry } });
  await appendAudit(sql, { actor, action: "scope.added", params: { scopeEntryId: id, ...entry } });
  return id;
}

/** The row stays, with who took it back. Throws NOT_FOUND when no entry in force has this id. */
export async function removeScopeEntry(
  { records, sql }: Connection,
  id: string,
  { removal, actor }: { removal: ScopeRemoval; actor: string },
): Promise<void> {
  const [removed] = await records.scopeEntry.updateManyAndReturn({
    where: { id, removedAt: null },
    data: { removedAt: new Date(), removedBy: removal.removedBy },
    select: { projectId: true, pattern: true, ports: true },
  });
  if (!removed) throw new AppError("NOT_FOUND", `there is no scope entry ${id} in force`);
  await appendAudit(sql, {
    actor,
    action: "scope.removed",
    params: { scopeEntryId: id, ...removed, ...removal },
  });
}

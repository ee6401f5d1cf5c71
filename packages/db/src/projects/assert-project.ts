import { AppError } from "@picket/core";
import type { Records } from "../database.ts";

/** Throws INVALID_INPUT for the field `projectId` when there is no such project. */
export async function assertProject(records: Records, id: string): Promise<void> {
  if ((await records.project.count({ where: { id } })) > 0) return;
  const message = `there is no project ${id}`;
  throw new AppError("INVALID_INPUT", message, { details: { issues: [{ path: "projectId", message }] } });
}

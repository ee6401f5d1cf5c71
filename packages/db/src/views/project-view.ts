import type { ProjectResource } from "@picket/core";
import type { Sql } from "../sql.ts";
import { newestFirst, type Page, type PageRequest, readPage } from "./list.ts";

const SELECT = `
  SELECT p.id, p.name, p.description, p.exception_approvers::text[] AS "exceptionApprovers",
         p.created_at AS "createdAt", p.updated_at AS "updatedAt",
         (SELECT count(*)::int FROM target t WHERE t.project_id = p.id AND t.deleted_at IS NULL) AS "targetCount"
  FROM project p`;

/** Newest first. */
export function listProjects(sql: Sql, page: PageRequest): Promise<Page<ProjectResource>> {
  return readPage<ProjectResource>(sql, { select: SELECT, where: [], ...newestFirst("p.id") }, page);
}

export async function findProject(sql: Sql, id: string): Promise<ProjectResource | null> {
  const [row] = await sql.query<ProjectResource>(`${SELECT} WHERE p.id = $1::uuid`, [id]);
  return row ?? null;
}

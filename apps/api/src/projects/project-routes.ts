import { AppError, ExceptionApprovers, NewProject, ProjectChange, ProjectResource } from "@picket/core";
import {
  createProject,
  findProject,
  listProjects,
  type Sql,
  setExceptionApprovers,
  updateProject,
} from "@picket/db";
import { z } from "zod";
import { listRoute } from "../http/list-route.ts";
import { defineRoute, IdParams, type Route } from "../http/route.ts";

const tag = "projects";

async function projectOf(sql: Sql, id: string): Promise<ProjectResource> {
  const project = await findProject(sql, id);
  if (!project) throw new AppError("NOT_FOUND", `there is no project ${id}`);
  return project;
}

export const PROJECT_ROUTES: readonly Route[] = [
  listRoute({
    id: "listProjects",
    path: "/projects",
    role: "viewer",
    tag,
    summary: "List projects, newest first",
    filter: z.strictObject({}),
    item: ProjectResource,
    list: (sql, _given, page) => listProjects(sql, page),
  }),
  defineRoute({
    id: "createProject",
    method: "post",
    path: "/projects",
    role: "operator",
    tag,
    summary: "Create a project",
    request: { body: NewProject },
    responses: { 201: ProjectResource },
    async handle({ body, actor, database }) {
      const id = await createProject(database, body, actor);
      return {
        status: 201,
        headers: { Location: `/projects/${id}` },
        body: await projectOf(database.sql, id),
      };
    },
  }),
  defineRoute({
    id: "getProject",
    method: "get",
    path: "/projects/:id",
    role: "viewer",
    tag,
    summary: "Get a project",
    request: { params: IdParams },
    responses: { 200: ProjectResource },
    handle: async ({ params, database }) => ({ status: 200, body: await projectOf(database.sql, params.id) }),
  }),
  defineRoute({
    id: "updateProject",
    method: "patch",
    path: "/projects/:id",
    role: "operator",
    tag,
    summary: "Change a project",
    request: { params: IdParams, body: ProjectChange },
    responses: { 200: ProjectResource },
    async handle({ params: { id }, body, actor, database }) {
      await updateProject(database, id, { change: body, actor });
      return { status: 200, body: await projectOf(database.sql, id) };
    },
  }),
  defineRoute({
    id: "setExceptionApprovers",
    method: "patch",
    path: "/projects/:id/exception-approvers",
    role: "admin",
    tag,
    summary: "Say which roles decide about exceptions of a project",
    description:
      "They approve, reject and revoke; approver and admin where nothing else was said. Whatever is said, nobody decides about an exception that they asked for.",
    request: { params: IdParams, body: ExceptionApprovers },
    responses: { 200: ProjectResource },
    async handle({ params: { id }, body, actor, database }) {
      await setExceptionApprovers(database, id, { ...body, actor });
      return { status: 200, body: await projectOf(database.sql, id) };
    },
  }),
];

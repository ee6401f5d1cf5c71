import {
  AppError,
  NewTarget,
  RegressionFilter,
  RegressionResource,
  TargetChange,
  TargetFilter,
  TargetResource,
} from "@picket/core";
import {
  createTarget,
  deleteTarget,
  findTarget,
  listRegressions,
  listTargets,
  type Sql,
  updateTarget,
} from "@picket/db";
import { listRoute } from "../http/list-route.ts";
import { defineRoute, IdParams, type Route } from "../http/route.ts";

const tag = "targets";

async function targetOf(sql: Sql, id: string): Promise<TargetResource> {
  const target = await findTarget(sql, id);
  if (!target) throw new AppError("NOT_FOUND", `there is no target ${id}`);
  return target;
}

export const TARGET_ROUTES: readonly Route[] = [
  listRoute({
    id: "listTargets",
    path: "/targets",
    role: "viewer",
    tag,
    summary: "List targets, newest first",
    filter: TargetFilter,
    item: TargetResource,
    list: (sql, { filter }, page) => listTargets(sql, filter, page),
  }),
  defineRoute({
    id: "createTarget",
    method: "post",
    path: "/targets",
    role: "operator",
    tag,
    summary: "Create a target",
    description: "It can be scanned once a scope entry of its project covers its base URL.",
    request: { body: NewTarget },
    responses: { 201: TargetResource },
    async handle({ body, actor, database }) {
      const id = await createTarget(database, body, actor);
      return { status: 201, headers: { Location: `/targets/${id}` }, body: await targetOf(database.sql, id) };
    },
  }),
  defineRoute({
    id: "getTarget",
    method: "get",
    path: "/targets/:id",
    role: "viewer",
    tag,
    summary: "Get a target, also a deleted one",
    request: { params: IdParams },
    responses: { 200: TargetResource },
    handle: async ({ params, database }) => ({ status: 200, body: await targetOf(database.sql, params.id) }),
  }),
  defineRoute({
    id: "updateTarget",
    method: "patch",
    path: "/targets/:id",
    role: "operator",
    tag,
    summary: "Change a target",
    description: "The base URL can only change while no scan of the target is under way.",
    request: { params: IdParams, body: TargetChange },
    responses: { 200: TargetResource },
    async handle({ params: { id }, body, actor, database }) {
      await updateTarget(database, id, { change: body, actor });
      return { status: 200, body: await targetOf(database.sql, id) };
    },
  }),
  listRoute({
    id: "listRegressions",
    path: "/targets/:id/regressions",
    role: "viewer",
    tag,
    summary: "List findings that were fixed and came back in the last scans, most often first",
    params: IdParams,
    filter: RegressionFilter,
    item: RegressionResource,
    async list(sql, { filter, params: { id } }, page) {
      await targetOf(sql, id);
      return listRegressions(sql, id, filter, page);
    },
  }),
  defineRoute({
    id: "deleteTarget",
    method: "delete",
    path: "/targets/:id",
    role: "operator",
    tag,
    summary: "Hide a target and what was found on it",
    description:
      "Its findings leave every list that does not ask for this target or one of its scans; its " +
      "schedules are removed. Nothing else is deleted. It cannot be done while a scan of the target is under way.",
    request: { params: IdParams },
    responses: { 204: null },
    async handle({ params: { id }, actor, database }) {
      await deleteTarget(database, id, actor);
      return { status: 204, body: null };
    },
  }),
];

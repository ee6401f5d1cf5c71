import { AppError, NewMerge, NewSplit, OverrideFilter, OverrideResource, RouteResource } from "@picket/core";
import {
  findOverride,
  findTarget,
  listOverrides,
  listRoutes,
  mergeFinding,
  type Sql,
  splitFinding,
  undoOverride,
} from "@picket/db";
import { z } from "zod";
import { exactlyOne } from "../http/exactly-one.ts";
import { listRoute } from "../http/list-route.ts";
import { defineRoute, IdParams, type Route } from "../http/route.ts";

const tag = "findings";

async function overrideOf(sql: Sql, id: string): Promise<OverrideResource> {
  const override = await findOverride(sql, id);
  if (!override) throw new AppError("NOT_FOUND", `there is no merge or split ${id}`);
  return override;
}

async function created(sql: Sql, id: string) {
  const headers = { Location: `/identity-overrides/${id}` };
  return { status: 201 as const, headers, body: await overrideOf(sql, id) };
}

export const IDENTITY_ROUTES: readonly Route[] = [
  defineRoute({
    id: "mergeFinding",
    method: "post",
    path: "/findings/:id/merge",
    role: "operator",
    tag,
    summary: "Make a finding part of another",
    description:
      "Its places move to the other finding, and what later scans see of it counts for that one. Open wins, the earliest " +
      "first sight stays.",
    request: { params: IdParams, body: NewMerge },
    responses: { 201: OverrideResource },
    handle: async ({ params, body, actor, database: { sql } }) =>
      created(sql, await mergeFinding(sql, params.id, body, actor)),
  }),
  defineRoute({
    id: "splitFinding",
    method: "post",
    path: "/findings/:id/split",
    role: "operator",
    tag,
    summary: "Make some places of a finding one of their own",
    request: { params: IdParams, body: NewSplit },
    responses: { 201: OverrideResource },
    handle: async ({ params, body, actor, database: { sql } }) =>
      created(sql, await splitFinding(sql, params.id, body, actor)),
  }),
  listRoute({
    id: "listIdentityOverrides",
    path: "/identity-overrides",
    role: "viewer",
    tag,
    summary: "List merges and splits, newest first",
    description: "Give exactly one of `target` and `finding`.",
    filter: OverrideFilter,
    item: OverrideResource,
    list(sql, { filter }, page) {
      exactlyOne(filter);
      return listOverrides(sql, filter, page);
    },
  }),
  defineRoute({
    id: "getIdentityOverride",
    method: "get",
    path: "/identity-overrides/:id",
    role: "viewer",
    tag,
    summary: "Get a merge or split",
    request: { params: IdParams },
    responses: { 200: OverrideResource },
    handle: async ({ params, database }) => ({
      status: 200,
      body: await overrideOf(database.sql, params.id),
    }),
  }),
  defineRoute({
    id: "undoIdentityOverride",
    method: "delete",
    path: "/identity-overrides/:id",
    role: "operator",
    tag,
    summary: "Undo a merge or split; the findings are as they were before",
    request: { params: IdParams },
    responses: { 204: null },
    async handle({ params, actor, database: { sql } }) {
      await undoOverride(sql, params.id, actor);
      return { status: 204, body: null };
    },
  }),
  listRoute({
    id: "listRoutes",
    path: "/targets/:id/routes",
    role: "viewer",
    tag: "targets",
    summary: "List what was learned of a target's routes",
    description: "Numbers, UUIDs and long hex values are identifiers (`{id}`) everywhere and are not listed.",
    params: IdParams,
    filter: z.strictObject({}),
    item: RouteResource,
    async list(sql, { params: { id } }, page) {
      if (!(await findTarget(sql, id))) throw new AppError("NOT_FOUND", `there is no target ${id}`);
      return listRoutes(sql, id, page);
    },
  }),
];

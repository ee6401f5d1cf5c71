import { AppError, ExceptionFilter, ExceptionResource, NewException } from "@picket/core";
import { findException, listExceptions, proposeException, type Sql } from "@picket/db";
import { listRoute } from "../http/list-route.ts";
import { defineRoute, IdParams, type Route } from "../http/route.ts";

const tag = "exceptions";

async function exceptionOf(sql: Sql, id: string): Promise<ExceptionResource> {
  const exception = await findException(sql, id);
  if (!exception) throw new AppError("NOT_FOUND", `there is no exception ${id}`);
  return exception;
}

export const EXCEPTION_ROUTES: readonly Route[] = [
  listRoute({
    id: "listExceptions",
    path: "/exceptions",
    role: "viewer",
    tag,
    summary: "List decisions to accept findings, newest first",
    filter: ExceptionFilter,
    item: ExceptionResource,
    list: (sql, { filter }, page) => listExceptions(sql, filter, page),
  }),
  defineRoute({
    id: "proposeException",
    method: "post",
    path: "/exceptions",
    role: "operator",
    tag,
    summary: "Propose to accept a finding for a time",
    request: { body: NewException },
    responses: { 201: ExceptionResource },
    async handle({ body, actor, database: { sql } }) {
      const id = await proposeException(sql, body, actor);
      return { status: 201, headers: { Location: `/exceptions/${id}` }, body: await exceptionOf(sql, id) };
    },
  }),
  defineRoute({
    id: "getException",
    method: "get",
    path: "/exceptions/:id",
    role: "viewer",
    tag,
    summary: "Get a decision to accept a finding",
    request: { params: IdParams },
    responses: { 200: ExceptionResource },
    handle: async ({ params, database }) => ({
      status: 200,
      body: await exceptionOf(database.sql, params.id),
    }),
  }),
];

import { AppError, ExceptionExtension, ExceptionFilter, ExceptionResource, NewException } from "@picket/core";
import {
  decideException,
  extendException,
  findException,
  listExceptions,
  proposeException,
  revokeException,
  type Sql,
} from "@picket/db";
import { listRoute } from "../http/list-route.ts";
import { defineRoute, IdParams, type Route } from "../http/route.ts";

const tag = "exceptions";

async function exceptionOf(sql: Sql, id: string): Promise<ExceptionResource> {
  const exception = await findException(sql, id);
  if (!exception) throw new AppError("NOT_FOUND", `there is no exception ${id}`);
  return exception;
}

async function created(sql: Sql, id: string) {
  const headers = { Location: `/exceptions/${id}` };
  return { status: 201 as const, headers, body: await exceptionOf(sql, id) };
}

/** A route of an approver about one exception. */
function decisionRoute(
  route: { id: string; verb: "approve" | "reject" | "revoke"; summary: string; description: string },
  decide: (sql: Sql, id: string, actor: string) => Promise<void>,
): Route {
  const { id, verb, summary, description } = route;
  return defineRoute({
    ...{ id, summary, description, tag },
    method: "post",
    path: `/exceptions/:id/${verb}`,
    role: "approver",
    request: { params: IdParams },
    responses: { 200: ExceptionResource },
    async handle({ params, actor, database: { sql } }) {
      await decide(sql, params.id, actor);
      return { status: 200, body: await exceptionOf(sql, params.id) };
    },
  });
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
    description: "It has no effect before another person approved it.",
    request: { body: NewException },
    responses: { 201: ExceptionResource },
    handle: async ({ body, actor, database: { sql } }) =>
      created(sql, await proposeException(sql, body, actor)),
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
  decisionRoute(
    {
      id: "approveException",
      verb: "approve",
      summary: "Approve a proposed exception; it is active at once",
      description: "Refused to the token that asked for it (403), and for what is not proposed (409).",
    },
    (sql, id, actor) => decideException(sql, id, { decision: "approve", actor }),
  ),
  decisionRoute(
    {
      id: "rejectException",
      verb: "reject",
      summary: "Reject a proposed exception",
      description: "Refused to the token that asked for it (403), and for what is not proposed (409).",
    },
    (sql, id, actor) => decideException(sql, id, { decision: "reject", actor }),
  ),
  decisionRoute(
    {
      id: "revokeException",
      verb: "revoke",
      summary: "End an active exception; what it covered shows again at once",
      description:
        "Ends the other terms of it that are in force as well. Refused for what is not active (409).",
    },
    revokeException,
  ),
  defineRoute({
    id: "extendException",
    method: "post",
    path: "/exceptions/:id/extend",
    role: "operator",
    tag,
    summary: "Propose a longer term of an active exception",
    description:
      "Answers with a new exception, proposed, that names this one in `supersedesId`. This one stays in force until its own end.",
    request: { params: IdParams, body: ExceptionExtension },
    responses: { 201: ExceptionResource },
    handle: async ({ params, body, actor, database: { sql } }) =>
      created(sql, await extendException(sql, params.id, { extension: body, actor })),
  }),
];

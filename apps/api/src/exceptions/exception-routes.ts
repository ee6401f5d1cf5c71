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
import type { Caller } from "../auth/caller.ts";
import { listRoute } from "../http/list-route.ts";
import { defineRoute, IdParams, type Route } from "../http/route.ts";

const tag = "exceptions";

const DECISION =
  "Refused to the person who asked for it, with whichever token, and to roles that are not among the project's `exceptionApprovers` (403); for what is not proposed (409).";

async function exceptionOf(sql: Sql, id: string): Promise<ExceptionResource> {
  const exception = await findException(sql, id);
  if (!exception) throw new AppError("NOT_FOUND", `there is no exception ${id}`);
  return exception;
}

async function created(sql: Sql, id: string) {
  const headers = { Location: `/exceptions/${id}` };
  return { status: 201 as const, headers, body: await exceptionOf(sql, id) };
}

function callerOf({ caller }: { caller: Caller | null }): Caller {
  if (caller) return caller;
  throw new AppError("INTERNAL", "a decision about an exception needs a caller");
}

/** A route about one exception that is left to its project's approvers; the store asks which roles these are. */
function decisionRoute(
  route: { id: string; verb: "approve" | "reject" | "revoke"; summary: string; description: string },
  decide: (sql: Sql, id: string, by: Caller) => Promise<void>,
): Route {
  const { id, verb, summary, description } = route;
  return defineRoute({
    ...{ id, summary, description, tag },
    method: "post",
    path: `/exceptions/:id/${verb}`,
    role: "operator",
    request: { params: IdParams },
    responses: { 200: ExceptionResource },
    async handle(input) {
      const { sql } = input.database;
      await decide(sql, input.params.id, callerOf(input));
      return { status: 200, body: await exceptionOf(sql, input.params.id) };
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
    handle: async ({ body, database: { sql }, ...input }) =>
      created(sql, await proposeException(sql, body, callerOf(input))),
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
      description: DECISION,
    },
    (sql, id, by) => decideException(sql, id, { decision: "approve", by }),
  ),
  decisionRoute(
    {
      id: "rejectException",
      verb: "reject",
      summary: "Reject a proposed exception",
      description: DECISION,
    },
    (sql, id, by) => decideException(sql, id, { decision: "reject", by }),
  ),
  decisionRoute(
    {
      id: "revokeException",
      verb: "revoke",
      summary: "End an active exception; what it covered shows again at once",
      description:
        "Ends the other terms of it that are in force as well. Refused to roles that are not among the project's `exceptionApprovers` (403), and for what is not active (409).",
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
    handle: async ({ params, body, database: { sql }, ...input }) =>
      created(sql, await extendException(sql, params.id, { extension: body, by: callerOf(input) })),
  }),
];

import { AppError, NewScopeEntry, ScopeEntryResource, ScopeFilter, ScopeRemoval } from "@picket/core";
import { addScopeEntry, findScopeEntry, listScopeEntries, removeScopeEntry } from "@picket/db";
import { listRoute } from "../http/list-route.ts";
import { defineRoute, IdParams, type Route } from "../http/route.ts";

const tag = "scope";

export const SCOPE_ROUTES: readonly Route[] = [
  listRoute({
    id: "listScope",
    path: "/scope",
    role: "viewer",
    tag,
    summary: "List the allowlist's entries in force, newest first",
    filter: ScopeFilter,
    item: ScopeEntryResource,
    list: (sql, { filter }, page) => listScopeEntries(sql, filter, page),
  }),
  defineRoute({
    id: "addScope",
    method: "post",
    path: "/scope",
    role: "admin",
    tag,
    summary: "Allow hosts or addresses to be scanned",
    request: { body: NewScopeEntry },
    responses: { 201: ScopeEntryResource },
    async handle({ body, actor, database }) {
      const entry = await findScopeEntry(database.sql, await addScopeEntry(database, body, actor));
      if (!entry) throw new AppError("INTERNAL", "the new scope entry cannot be read");
      return { status: 201, body: entry };
    },
  }),
  defineRoute({
    id: "removeScope",
    method: "delete",
    path: "/scope/:id",
    role: "admin",
    tag,
    summary: "Take an entry back",
    description: "Scans under way keep the scope they began with.",
    request: { params: IdParams, query: ScopeRemoval },
    responses: { 204: null },
    async handle({ params: { id }, query, actor, database }) {
      await removeScopeEntry(database, id, { removal: query, actor });
      return { status: 204, body: null };
    },
  }),
];

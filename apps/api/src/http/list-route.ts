import { canonicalJson, Paging, pageOf, type Role } from "@picket/core";
import type { Page, PageRequest, Sql } from "@picket/db";
import type { z } from "zod";
import { defineRoute, type Nothing, type Route } from "./route.ts";

interface ListSpec<Filter extends z.ZodObject, Item extends z.ZodType, Params extends z.ZodType> {
  id: string;
  path: string;
  role: Role;
  tag: string;
  summary: string;
  description?: string;
  params?: Params;
  filter: Filter;
  item: Item;
  list(
    sql: Sql,
    given: { filter: z.output<Filter>; params: z.output<Params> },
    page: PageRequest,
  ): Promise<Page<z.output<Item>>>;
}

/** A GET route that pages through a list by cursor. */
export function listRoute<
  Filter extends z.ZodObject,
  Item extends z.ZodType,
  Params extends z.ZodType = Nothing,
>(spec: ListSpec<Filter, Item, Params>): Route {
  const { filter, item, params, list, ...data } = spec;
  return defineRoute({
    ...data,
    method: "get",
    request: { ...(params && { params }), query: filter.extend(Paging.shape) },
    responses: { 200: pageOf(item) },
    async handle({ params: given, query, database, services }) {
      const { limit, cursor, ...filters } = query as z.output<typeof Paging>;
      const name = canonicalJson([spec.id, given, filters]);
      const after = cursor === undefined ? undefined : services.cursors.decode(cursor, name);
      const wanted = { filter: filters as z.output<Filter>, params: given as z.output<Params> };
      const page = await list(database.sql, wanted, { limit, after });
      const next = page.next && services.cursors.encode(page.next, name);
      return { status: 200, body: { items: page.items, next } };
    },
  });
}

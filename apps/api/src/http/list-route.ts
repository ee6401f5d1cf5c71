import { canonicalJson, Paging, pageOf, type Role } from "@picket/core";
import type { Page, PageRequest, Sql } from "@picket/db";
import type { z } from "zod";
import { defineRoute, type Nothing, type Route } from "./route.ts";

interface Given<Filter extends z.ZodType, Params extends z.ZodType> {
  filter: z.output<Filter>;
  params: z.output<Params>;
}

interface ListSpec<
  Filter extends z.ZodObject,
  Item extends z.ZodType,
  Params extends z.ZodType,
  Totals extends z.ZodType,
> {
  id: string;
  path: string;
  role: Role;
  tag: string;
  summary: string;
  description?: string;
  params?: Params;
  filter: Filter;
  item: Item;
  list(sql: Sql, given: Given<Filter, Params>, page: PageRequest): Promise<Page<z.output<Item>>>;
  /** What every page says of the whole list, as `totals`. */
  totals?: { schema: Totals; read(sql: Sql, given: Given<Filter, Params>): Promise<z.output<Totals>> };
}

/** A GET route that pages through a list by cursor. */
export function listRoute<
  Filter extends z.ZodObject,
  Item extends z.ZodType,
  Params extends z.ZodType = Nothing,
  Totals extends z.ZodType = Nothing,
>(spec: ListSpec<Filter, Item, Params, Totals>): Route {
  const { filter, item, params, totals, list, ...data } = spec;
  const page = pageOf(item);
  return defineRoute({
    ...data,
    method: "get",
    request: { ...(params && { params }), query: filter.extend(Paging.shape) },
    responses: { 200: totals ? page.extend({ totals: totals.schema }) : page },
    async handle({ params: given, query, database, services }) {
      const { limit, cursor, ...filters } = query as z.output<typeof Paging>;
      const name = canonicalJson([spec.id, given, filters]);
      const after = cursor === undefined ? undefined : services.cursors.decode(cursor, name);
      const wanted = { filter: filters as z.output<Filter>, params: given as z.output<Params> };
      const [{ items, next }, whole] = await Promise.all([
        list(database.sql, wanted, { limit, after }),
        totals?.read(database.sql, wanted),
      ]);
      const body = { items, next: next && services.cursors.encode(next, name) };
      return { status: 200, body: totals ? { ...body, totals: whole } : body };
    },
  });
}

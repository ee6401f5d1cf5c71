import { ComponentFilter, ComponentResource } from "@picket/core";
import { listComponents } from "@picket/db";
import { listRoute } from "../http/list-route.ts";
import type { Route } from "../http/route.ts";

export const COMPONENT_ROUTES: readonly Route[] = [
  listRoute({
    id: "listComponents",
    path: "/components",
    role: "viewer",
    tag: "components",
    summary: "List the products that a target shows to be in use, by name",
    filter: ComponentFilter,
    item: ComponentResource,
    list: (sql, { filter }, page) => listComponents(sql, filter, page),
  }),
];

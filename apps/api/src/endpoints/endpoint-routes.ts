import { EndpointFilter, EndpointResource } from "@picket/core";
import { listScanEndpoints, listTargetEndpoints } from "@picket/db";
import { exactlyOne } from "../http/exactly-one.ts";
import { listRoute } from "../http/list-route.ts";
import type { Route } from "../http/route.ts";

export const ENDPOINT_ROUTES: readonly Route[] = [
  listRoute({
    id: "listEndpoints",
    path: "/endpoints",
    role: "viewer",
    tag: "endpoints",
    summary: "List the endpoints of a target, or those that a scan saw",
    description: "Give exactly one of `target` and `scan`.",
    filter: EndpointFilter,
    item: EndpointResource,
    list(sql, { filter }, page) {
      const { name, value } = exactlyOne(filter);
      return name === "target" ? listTargetEndpoints(sql, value, page) : listScanEndpoints(sql, value, page);
    },
  }),
];

import { PluginResource, pageOf } from "@picket/core";
import { offeredReleases } from "@picket/db";
import { defineRoute, type Route } from "../http/route.ts";

export const PLUGIN_ROUTES: readonly Route[] = [
  defineRoute({
    id: "listPlugins",
    method: "get",
    path: "/plugins",
    role: "viewer",
    tag: "plugins",
    summary: "List all plugins that scans are planned with, by name",
    request: {},
    responses: { 200: pageOf(PluginResource) },
    async handle({ database }) {
      const releases = await offeredReleases(database.sql);
      const items = releases.map(({ manifest, codeDigest, origin }) => ({ ...manifest, codeDigest, origin }));
      return { status: 200, body: { items, next: null } };
    },
  }),
];

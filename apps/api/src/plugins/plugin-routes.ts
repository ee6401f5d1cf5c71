import {
  PluginResource,
  PROFILES,
  ProfileName,
  ProfileResource,
  pageOf,
  sideEffectOf,
  sideEffectsIn,
} from "@picket/core";
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
      const items = releases.map(({ manifest, codeDigest, origin }) => ({
        ...manifest,
        sideEffect: sideEffectOf(manifest.requiredCapabilities),
        data: manifest.data ?? null,
        codeDigest,
        origin,
      }));
      return { status: 200, body: { items, next: null } };
    },
  }),
  defineRoute({
    id: "listProfiles",
    method: "get",
    path: "/profiles",
    role: "viewer",
    tag: "plugins",
    summary: "List what scans can be asked for, mildest first",
    request: {},
    responses: { 200: pageOf(ProfileResource) },
    async handle() {
      const items = ProfileName.options.map((name) => {
        const { capabilities, ...profile } = PROFILES[name];
        return { ...profile, capabilities: [...capabilities], sideEffects: sideEffectsIn(capabilities) };
      });
      return { status: 200, body: { items, next: null } };
    },
  }),
];

import {
  AppError,
  AuthProfileChange,
  AuthProfileFilter,
  AuthProfileResource,
  KeyRotation,
  NewAuthProfile,
} from "@picket/core";
import {
  createAuthProfile,
  deleteAuthProfile,
  findAuthProfile,
  listAuthProfiles,
  rotateKeys,
  type Sql,
  updateAuthProfile,
} from "@picket/db";
import { listRoute } from "../http/list-route.ts";
import { defineRoute, IdParams, type Route } from "../http/route.ts";

const tag = "auth profiles";

async function profileOf(sql: Sql, id: string): Promise<AuthProfileResource> {
  const profile = await findAuthProfile(sql, id);
  if (!profile) throw new AppError("NOT_FOUND", `there is no auth profile ${id}`);
  return profile;
}

export const AUTH_PROFILE_ROUTES: readonly Route[] = [
  listRoute({
    id: "listAuthProfiles",
    path: "/auth-profiles",
    role: "viewer",
    tag,
    summary: "List auth profiles, newest first, without their secrets",
    filter: AuthProfileFilter,
    item: AuthProfileResource,
    list: (sql, { filter }, page) => listAuthProfiles(sql, filter, page),
  }),
  defineRoute({
    id: "createAuthProfile",
    method: "post",
    path: "/auth-profiles",
    role: "admin",
    tag,
    summary: "Let scans of a target log in",
    description: "Secrets are encrypted before they are stored, and no answer ever holds one.",
    request: { body: NewAuthProfile },
    responses: { 201: AuthProfileResource },
    isSecret: true,
    async handle({ body, actor, database: { sql }, services: { secretKeys: ring } }) {
      const id = await createAuthProfile(sql, body, { ring, actor });
      return { status: 201, headers: { Location: `/auth-profiles/${id}` }, body: await profileOf(sql, id) };
    },
  }),
  defineRoute({
    id: "getAuthProfile",
    method: "get",
    path: "/auth-profiles/:id",
    role: "viewer",
    tag,
    summary: "Get an auth profile without its secrets",
    request: { params: IdParams },
    responses: { 200: AuthProfileResource },
    handle: async ({ params, database }) => ({ status: 200, body: await profileOf(database.sql, params.id) }),
  }),
  defineRoute({
    id: "updateAuthProfile",
    method: "patch",
    path: "/auth-profiles/:id",
    role: "admin",
    tag,
    summary: "Change an auth profile or replace its secrets",
    description: "Scans that were planned before use no other version: their modules fail and say so.",
    request: { params: IdParams, body: AuthProfileChange },
    responses: { 200: AuthProfileResource },
    async handle({ params: { id }, body: change, actor, database: { sql }, services: { secretKeys: ring } }) {
      await updateAuthProfile(sql, id, { change, ring, actor });
      return { status: 200, body: await profileOf(sql, id) };
    },
  }),
  defineRoute({
    id: "deleteAuthProfile",
    method: "delete",
    path: "/auth-profiles/:id",
    role: "admin",
    tag,
    summary: "Delete an auth profile and its secrets",
    request: { params: IdParams },
    responses: { 204: null },
    async handle({ params: { id }, actor, database: { sql } }) {
      await deleteAuthProfile(sql, id, actor);
      return { status: 204, body: null };
    },
  }),
  defineRoute({
    id: "rotateSecretKeys",
    method: "post",
    path: "/auth-profiles/rotate-keys",
    role: "admin",
    tag,
    summary: "Put all secrets under the first of the configured keys",
    description:
      "No secret changes and no scan has to be repeated. Afterwards the old keys can be taken out.",
    request: {},
    responses: { 200: KeyRotation },
    handle: async ({ actor, database: { sql }, services: { secretKeys: ring } }) => ({
      status: 200,
      body: await rotateKeys(sql, { ring, actor }),
    }),
  }),
];

import { AppError, NewRecheck, RecheckFilter, RecheckResource } from "@picket/core";
import {
  cancelRecheck,
  claimFix,
  findRecheck,
  listRechecks,
  type RequestedRecheck,
  requestRecheck,
  type Sql,
} from "@picket/db";
import type { ApiServices } from "../api-services.ts";
import { listRoute } from "../http/list-route.ts";
import { defineRoute, IdParams, type Route } from "../http/route.ts";
import { endScan, wakeScan } from "../scans/wake-scan.ts";

const tag = "rechecks";

async function recheckOf(sql: Sql, id: string): Promise<RecheckResource> {
  const recheck = await findRecheck(sql, id);
  if (!recheck) throw new AppError("NOT_FOUND", `there is no recheck ${id}`);
  return recheck;
}

async function accepted(services: ApiServices, sql: Sql, { recheckId, scanId, isNew }: RequestedRecheck) {
  return {
    status: isNew ? (202 as const) : (200 as const),
    headers: { Location: `/rechecks/${recheckId}` },
    body: await recheckOf(sql, recheckId),
    ...(scanId !== null && { afterCommit: () => wakeScan(services, scanId) }),
  };
}

export const RECHECK_ROUTES: readonly Route[] = [
  defineRoute({
    id: "recheckFinding",
    method: "post",
    path: "/findings/:id/recheck",
    role: "operator",
    tag,
    summary: "Look at a finding again, now or at a time",
    description:
      "The detectors that reported it look at its places with at most 20 requests. Only the verdict `absent` makes it " +
      "fixed; `present` keeps or makes it open; `inconclusive` changes nothing. No other finding is touched. One runs " +
      "and one waits for its time at most: asked for again, the answer is 200 with the one that there is.",
    request: { params: IdParams, body: NewRecheck.default({}) },
    responses: { 200: RecheckResource, 202: RecheckResource },
    async handle({ params, body: { at }, actor, database, services }) {
      const { engineVersion } = services;
      const request = { findingId: params.id, at, requestedBy: actor, engineVersion };
      return accepted(services, database.sql, await requestRecheck(database, request));
    },
  }),
  defineRoute({
    id: "claimFix",
    method: "post",
    path: "/findings/:id/claim-fix",
    role: "operator",
    tag,
    summary: "Say that a finding is fixed, and have it looked at",
    description:
      "The finding stays open until a recheck says `absent`. `present` takes the claim back. A " +
      "recheck that runs began before the claim: another one follows it.",
    request: { params: IdParams },
    responses: { 200: RecheckResource, 202: RecheckResource },
    async handle({ params, actor, database, services }) {
      const { engineVersion } = services;
      const claim = { findingId: params.id, claimedBy: actor, engineVersion };
      return accepted(services, database.sql, await claimFix(database, claim));
    },
  }),
  defineRoute({
    id: "cancelRecheck",
    method: "post",
    path: "/rechecks/:id/cancel",
    role: "operator",
    tag,
    summary: "Take a recheck back",
    description:
      "One that waits ends at once, one that runs when its scan has ended: `inconclusive`, because it was cancelled. " +
      "Asking again changes nothing.",
    request: { params: IdParams },
    responses: { 202: RecheckResource },
    async handle({ params: { id }, actor, database, services }) {
      const { scanId } = await cancelRecheck(database, { recheckId: id, actor });
      return {
        status: 202,
        body: await recheckOf(database.sql, id),
        ...(scanId !== null && { afterCommit: () => endScan(services, scanId) }),
      };
    },
  }),
  listRoute({
    id: "listRechecks",
    path: "/rechecks",
    role: "viewer",
    tag,
    summary: "List rechecks, newest first",
    filter: RecheckFilter,
    item: RecheckResource,
    list: (sql, { filter }, page) => listRechecks(sql, filter, page),
  }),
  defineRoute({
    id: "getRecheck",
    method: "get",
    path: "/rechecks/:id",
    role: "viewer",
    tag,
    summary: "Get a recheck and its verdict",
    request: { params: IdParams },
    responses: { 200: RecheckResource },
    handle: async ({ params, database }) => ({
      status: 200,
      body: await recheckOf(database.sql, params.id),
    }),
  }),
];

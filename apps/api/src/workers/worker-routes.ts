import { pageOf, WorkerResource } from "@picket/core";
import { listWorkers } from "@picket/db";
import { defineRoute, type Route } from "../http/route.ts";

export const WORKER_ROUTES: readonly Route[] = [
  defineRoute({
    id: "listWorkers",
    method: "get",
    path: "/workers",
    role: "viewer",
    tag: "platform",
    summary: "List the workers, their slots and what they have in hand",
    request: {},
    responses: { 200: pageOf(WorkerResource) },
    handle: async ({ database }) => ({
      status: 200,
      body: { items: await listWorkers(database.sql), next: null },
    }),
  }),
];

import { AppError, FindingDetail, FindingFilter, FindingResource, InstanceResource } from "@picket/core";
import {
  findFinding,
  findProject,
  findScan,
  findTarget,
  listFindings,
  listInstances,
  type Sql,
} from "@picket/db";
import { z } from "zod";
import { listRoute } from "../http/list-route.ts";
import { defineRoute, IdParams, type Route } from "../http/route.ts";

const tag = "findings";

function noFinding(id: string): AppError {
  return new AppError("NOT_FOUND", `there is no finding ${id}`);
}

const LOOK_UP = {
  target: findTarget,
  project: findProject,
  scan: findScan,
  newInScan: findScan,
} as const satisfies Partial<Record<keyof FindingFilter, (sql: Sql, id: string) => Promise<unknown>>>;

/** Throws INVALID_INPUT for an id that nothing has: that nothing is new there would be no news but a mistake. */
async function assertKnown(sql: Sql, filter: FindingFilter): Promise<void> {
  for (const [path, find] of Object.entries(LOOK_UP)) {
    const id = filter[path as keyof typeof LOOK_UP];
    if (id === undefined || (await find(sql, id)) !== null) continue;
    const message = `there is no ${path === "newInScan" ? "scan" : path} ${id}`;
    throw new AppError("INVALID_INPUT", `${path}: ${message}`, {
      details: { issues: [{ in: "query", path, message }] },
    });
  }
}

export const FINDING_ROUTES: readonly Route[] = [
  listRoute({
    id: "listFindings",
    path: "/findings",
    role: "viewer",
    tag,
    summary: "List findings: what is new since the last scan, or another view",
    description:
      "A finding that an exception covers is in no view but `excepted` and `all`, and is back the moment the exception " +
      "expires. Following `next` meets each finding that is in the list all the while exactly once, also while scans " +
      "write: in the order of the first page, whatever becomes of its severity, confidence or last sighting. One that " +
      "comes into the list or leaves it meanwhile is met once at the most. A cursor lasts for 24 hours.",
    filter: FindingFilter,
    item: FindingResource,
    async list(sql, { filter }, page) {
      const findings = await listFindings(sql, filter, page);
      if (findings.items.length === 0) await assertKnown(sql, filter);
      return findings;
    },
  }),
  defineRoute({
    id: "getFinding",
    method: "get",
    path: "/findings/:id",
    role: "viewer",
    tag,
    summary: "Get a finding with its evidence and why it is believed",
    request: { params: IdParams },
    responses: { 200: FindingDetail },
    async handle({ params: { id }, database }) {
      const finding = await findFinding(database.sql, id);
      if (!finding) throw noFinding(id);
      return { status: 200, body: finding };
    },
  }),
  listRoute({
    id: "listInstances",
    path: "/findings/:id/instances",
    role: "viewer",
    tag,
    summary: "List the places where a finding shows, oldest first",
    params: IdParams,
    filter: z.strictObject({}),
    item: InstanceResource,
    async list(sql, { params }, page) {
      const instances = await listInstances(sql, params.id, page);
      // Only a finding whose places went to another has none.
      if (instances.items.length === 0 && !(await findFinding(sql, params.id))) throw noFinding(params.id);
      return instances;
    },
  }),
];

import {
  AuditEventResource,
  AuditFilter,
  AuditVerificationQuery,
  AuditVerificationResource,
} from "@picket/core";
import { listAuditEvents, verifyAudit } from "@picket/db";
import { listRoute } from "../http/list-route.ts";
import { defineRoute, type Route } from "../http/route.ts";

const tag = "audit";

export const AUDIT_ROUTES: readonly Route[] = [
  listRoute({
    id: "listAuditEvents",
    path: "/audit",
    role: "viewer",
    tag,
    summary: "List who did what, newest first",
    filter: AuditFilter,
    item: AuditEventResource,
    list: (sql, { filter }, page) => listAuditEvents(sql, filter, page),
  }),
  defineRoute({
    id: "verifyAudit",
    method: "get",
    path: "/audit/verify",
    role: "admin",
    tag,
    summary: "Compute the chain of hashes again",
    description:
      "Reads every event unless told otherwise: seconds for some hundred thousand. `from` checks only what came after a checkpoint, `limit` a part.",
    request: { query: AuditVerificationQuery },
    responses: { 200: AuditVerificationResource },
    handle: async ({ database, query }) => ({ status: 200, body: await verifyAudit(database.sql, query) }),
  }),
];

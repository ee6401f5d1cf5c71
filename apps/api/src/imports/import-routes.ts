import { AppError, ImportResource, MAX_IMPORT_BYTES, NewImport, parseWebUrl } from "@picket/core";
import { findTarget, importEndpoints, scopeRules } from "@picket/db";
import { defineRoute, IdParams, type Route } from "../http/route.ts";
import { readImport } from "./read-import.ts";

export const IMPORT_ROUTES: readonly Route[] = [
  defineRoute({
    id: "importEndpoints",
    method: "post",
    path: "/targets/:id/imports",
    role: "operator",
    tag: "targets",
    summary: "Import endpoints from a recording or an API description",
    description:
      "HAR 1.2, OpenAPI 3 or Swagger 2. Its requests to the target become endpoints that the next scans ask for and test; " +
      "what is out of scope is left out, with the reason. Nothing secret is kept of it.",
    request: { params: IdParams, body: NewImport },
    // JSON escapes may double a text.
    bodyLimitBytes: 2 * MAX_IMPORT_BYTES,
    responses: { 201: ImportResource },
    async handle({ params: { id }, body, actor, database: { sql } }) {
      const target = await findTarget(sql, id);
      if (!target || target.deletedAt) throw new AppError("NOT_FOUND", `there is no target ${id}`);
      const rules = await scopeRules(sql, target.projectId);
      const scope = { base: parseWebUrl(target.baseUrl), rules, platform: [] };
      const { format, endpoints, leftOut } = readImport(body.text, target.baseUrl, scope);
      const count = await importEndpoints(sql, id, { format, endpoints, leftOut, actor });
      return { status: 201, body: { format, endpoints: count, leftOut } };
    },
  }),
];

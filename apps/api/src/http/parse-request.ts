import { AppError } from "@picket/core";
import type { Request } from "express";
import type { z } from "zod";
import type { Route } from "./route.ts";

type Part = "path" | "query" | "body";

/** One thing that is wrong; `path` as `settings.crawl.maxPages`, as the stores write it. */
export interface RequestIssue {
  in?: Part | "header";
  path: string;
  message: string;
}

export interface ParsedRequest {
  params: unknown;
  query: unknown;
  body: unknown;
}

/** Path, query and body by the route's schemas. Throws INVALID_INPUT that lists everything that is wrong in them. */
export function parseRequest(route: Route, request: Request): ParsedRequest {
  const { params, query, body } = route.request;
  const issues: RequestIssue[] = [];
  const parsed = {
    params: parsePart("path", params, request.params, issues),
    query: parsePart("query", query, request.query, issues),
    body: parsePart("body", body, request.body, issues),
  };
  if (issues.length === 0) return parsed;
  const words = issues.map(({ path, message }) => (path === "" ? message : `${path}: ${message}`));
  throw new AppError("INVALID_INPUT", words.join("; "), { details: { issues } });
}

function parsePart(
  part: Part,
  schema: z.ZodType | undefined,
  value: unknown,
  issues: RequestIssue[],
): unknown {
  if (!schema) {
    if (part === "query") issues.push(...unknownFields(part, Object.keys(value as object), []));
    return {};
  }
  const unusable = unusableValue(value);
  if (unusable) {
    issues.push({ in: part, ...unusable });
    return undefined;
  }
  const result = schema.safeParse(value, { error: issueWords });
  if (result.success) return result.data;
  issues.push(...result.error.issues.flatMap((issue) => requestIssues(part, issue)));
  return undefined;
}

/** What a person can act on, where the schema itself says nothing; undefined: zod's own words do. */
function issueWords(issue: z.core.$ZodRawIssue): string | undefined {
  if (issue.input === undefined) return "is required";
  if (issue.code === "invalid_format" && issue.format === "uuid")
    return "must be an id, such as 01a20019-917b-74f4-81ee-ba72ffc25ab5";
  if (issue.code === "invalid_value") return `must be one of ${issue.values.map(String).join(", ")}`;
  if (issue.code === "too_small" && issue.origin === "string") return "must not be empty";
  return undefined;
}

function requestIssues(part: Part, issue: z.core.$ZodIssue): RequestIssue[] {
  if (issue.code === "unrecognized_keys") return unknownFields(part, issue.keys, issue.path);
  return [{ in: part, path: issue.path.map(String).join("."), message: issue.message }];
}

function unknownFields(part: Part, keys: readonly string[], path: readonly PropertyKey[]): RequestIssue[] {
  return keys.map((key) => ({
    in: part,
    path: [...path, key].map(String).join("."),
    message: part === "query" ? "there is no such parameter" : "there is no such field",
  }));
}

/** Deeper than any request needs to be, and far from what would exhaust the stack. */
const MAX_DEPTH = 50;
const UNSTORABLE = "must be text without NUL and half surrogate pairs";

/** The first thing that no schema looks for: text that Postgres cannot store, or too many levels. Null: there is none. */
function unusableValue(value: unknown, path: readonly string[] = []): Omit<RequestIssue, "in"> | null {
  const at = path.join(".");
  if (path.length > MAX_DEPTH) return { path: "", message: `must have at most ${MAX_DEPTH} levels` };
  if (typeof value === "string") return isStorable(value) ? null : { path: at, message: UNSTORABLE };
  if (typeof value !== "object" || value === null) return null;
  for (const [key, member] of Object.entries(value)) {
    if (!isStorable(key)) return { path: at, message: `the name of a field in it ${UNSTORABLE}` };
    const found = unusableValue(member, [...path, key]);
    if (found) return found;
  }
  return null;
}

function isStorable(text: string): boolean {
  return !text.includes("\0") && text.isWellFormed();
}

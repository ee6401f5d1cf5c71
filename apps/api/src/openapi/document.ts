import { Problem } from "@picket/core";
import { z } from "zod";
import type { Responses, Route } from "../http/route.ts";
import { createSchemaWriter, type JsonSchema, type SchemaWriter } from "./schema-writer.ts";

export interface OpenApiDocument {
  openapi: "3.1.1";
  info: { title: string; version: string; description: string };
  security: object[];
  tags: { name: string }[];
  paths: Record<string, Record<string, object>>;
  components: Record<"securitySchemes" | "headers" | "responses", object> & {
    schemas: Record<string, JsonSchema>;
  };
}

const DESCRIPTION = [
  "Every route but those marked otherwise needs a token: `Authorization: Bearer <token>`. Each role has the rights of",
  "those before it: viewer, operator, approver, admin. Lists answer `{items, next}`; `next` is the `cursor` of the next",
  "page. A POST with an `Idempotency-Key` can be repeated: within 24 hours the same request gets the same answer, marked",
  "`Idempotent-Replayed: true`. Errors are problem documents (RFC 9457).",
].join("\n");

/** The OpenAPI 3.1 document of these routes. The same routes give the same text. */
export function openApiDocument(routes: readonly Route[], version: string): OpenApiDocument {
  const writer = createSchemaWriter();
  const paths: OpenApiDocument["paths"] = {};
  for (const route of routes) {
    const path = route.path.replace(/:(\w+)/g, "{$1}");
    paths[path] = { ...paths[path], [route.method]: operation(route, writer) };
  }
  const tags = [...new Set(routes.map(({ tag }) => tag))].map((name) => ({ name }));
  return {
    openapi: "3.1.1",
    info: { title: "Picket", version, description: DESCRIPTION },
    security: [{ token: [] }],
    tags,
    paths,
    components: {
      securitySchemes: { token: { type: "http", scheme: "bearer" } },
      headers: COMMON_HEADERS,
      responses: problemResponses(writer),
      schemas: writer.schemas(),
    },
  };
}

function operation(route: Route, writer: SchemaWriter): object {
  const { request } = route;
  return {
    operationId: route.id,
    tags: [route.tag],
    summary: route.summary,
    ...(route.description !== undefined && { description: route.description }),
    ...(route.role === "public" ? { security: [] } : { "x-role": route.role }),
    parameters: [
      ...parameters("path", request.params, writer),
      ...parameters("query", request.query, writer),
      ...(route.method === "post" && !route.isSecret ? [IDEMPOTENCY_KEY] : []),
    ],
    ...(request.body && {
      requestBody: {
        required: !request.body.safeParse(undefined).success,
        content: { "application/json": { schema: writer.write(request.body) } },
      },
    }),
    responses: { ...successes(route, writer), ...problems(route) },
  };
}

const IDEMPOTENCY_KEY = {
  name: "Idempotency-Key",
  in: "header",
  required: false,
  description: "Chosen by the client; makes the request safe to repeat.",
  schema: { type: "string", minLength: 1, maxLength: 255 },
};

function parameters(part: "path" | "query", schema: z.ZodType | undefined, writer: SchemaWriter): object[] {
  if (!schema) return [];
  const { properties = {}, required = [] } = writer.write(schema);
  return Object.entries(properties).map(([name, { description, ...property }]) => ({
    name,
    in: part,
    required: required.includes(name),
    ...(description !== undefined && { description }),
    schema: property,
  }));
}

const SUCCESS_WORDS: Record<number, string> = {
  200: "Done.",
  201: "Created.",
  202: "Accepted.",
  204: "Done.",
};

const COMMON_HEADERS = {
  Location: { description: "Where the new resource is.", schema: { type: "string" } },
  "Idempotent-Replayed": {
    description: "`true` when this is the kept answer of an earlier request.",
    schema: { type: "string" },
  },
};

const POST_HEADERS = Object.fromEntries(
  Object.keys(COMMON_HEADERS).map((name) => [name, { $ref: `#/components/headers/${name}` }]),
);

function successes({ responses, method }: Route, writer: SchemaWriter): Record<string, object> {
  const entries = Object.entries(responses).map(([status, spec]) => [
    status,
    {
      description: descriptionOf(Number(status), spec),
      ...(method === "post" && { headers: POST_HEADERS }),
      ...contentOf(spec, writer),
    },
  ]);
  return Object.fromEntries(entries);
}

type Spec = Responses[number];

function descriptionOf(status: number, spec: Spec): string {
  const isRaw = spec !== null && !(spec instanceof z.ZodType);
  return isRaw ? spec.description : (SUCCESS_WORDS[status] ?? "Not ready.");
}

function contentOf(spec: Spec, writer: SchemaWriter): object {
  if (spec === null) return {};
  if (spec instanceof z.ZodType) return { content: { "application/json": { schema: writer.write(spec) } } };
  for (const schema of spec.schemas ?? []) writer.write(schema);
  return { content: { [spec.contentType]: { schema: { type: "string" } } } };
}

const PROBLEM_WORDS = {
  400: "The request is not valid; `errors` names every field.",
  401: "A valid token is needed.",
  403: "The token's role does not allow it.",
  404: "There is no such thing.",
  409: "Not possible in the present state.",
  413: "The body is too large.",
  415: "The body is not JSON.",
  422: "Outside the scope, or an Idempotency-Key that was used for another request.",
  429: "Too many requests; Retry-After says how long to wait.",
  503: "The database or the body store does not answer.",
} as const;

type ProblemStatus = keyof typeof PROBLEM_WORDS;

function problemResponses(writer: SchemaWriter): Record<string, object> {
  const content = { "application/problem+json": { schema: writer.write(Problem) } };
  return Object.fromEntries(
    Object.entries(PROBLEM_WORDS).map(([status, description]) => [
      `Problem${status}`,
      { description, content },
    ]),
  );
}

/** What can go wrong, from what the route is. */
function problems({ request, role, method, isUnlimited, responses }: Route): Record<string, object> {
  const applies: Record<ProblemStatus, boolean> = {
    400: Boolean(request.params ?? request.query ?? request.body),
    401: role !== "public",
    403: role !== "public",
    404: request.params !== undefined,
    409: method !== "get",
    413: request.body !== undefined,
    415: request.body !== undefined,
    422: method === "post",
    429: !isUnlimited,
    503: !(503 in responses),
  };
  const statuses = Object.entries(applies).filter(([, isPossible]) => isPossible);
  return Object.fromEntries(
    statuses.map(([status]) => [status, { $ref: `#/components/responses/Problem${status}` }]),
  );
}

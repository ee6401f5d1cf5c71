import { type EndpointParameter, MAX_EXAMPLE_LENGTH, type ParameterPosition } from "./plugin-event.ts";
import { DEFAULT_VALUES, kindOf } from "./value-kind.ts";
import { hrefOf, tryParseWebUrl } from "./web-url.ts";

/** What OpenAPI 3 and Swagger 2 documents say of an API, as far as requests go. */

type Node = { readonly [key: string]: unknown };

/** A parsed document of which `isApiDescription` is true. */
export type ApiDescription = Node;

const METHODS = ["get", "post", "put", "patch", "delete"];
const MAX_OPERATIONS = 1_000;
const MAX_PROPERTIES = 100;
/** Objects inside one another; a schema may contain itself. */
const MAX_DEPTH = 5;

function isNode(value: unknown): value is Node {
  return typeof value === "object" && value !== null && !Array.isArray(value);
}

function nodeAt(node: unknown, key: string): Node {
  const value = isNode(node) && Object.hasOwn(node, key) ? node[key] : undefined;
  return isNode(value) ? value : {};
}

function listAt(node: Node, key: string): unknown[] {
  const value = node[key];
  return Array.isArray(value) ? value : [];
}

function textAt(node: Node, key: string): string {
  const value = node[key];
  return typeof value === "string" ? value : "";
}

/** Whether a parsed document describes an API: OpenAPI 3 or Swagger 2. */
export function isApiDescription(document: unknown): document is ApiDescription {
  const version = isNode(document) ? (document.openapi ?? document.swagger) : undefined;
  return isNode(document) && version !== undefined && isNode(document.paths);
}

/** Follows `$ref` within the document. */
function resolved(document: Node, value: unknown, depth = 0): Node {
  if (!isNode(value) || depth > MAX_DEPTH) return {};
  const reference = textAt(value, "$ref");
  if (!reference.startsWith("#/")) return value;
  let target: unknown = document;
  for (const token of reference.slice(2).split("/"))
    target = nodeAt(target, token.replaceAll("~1", "/").replaceAll("~0", "~"));
  return resolved(document, target, depth + 1);
}

function exampleText(value: unknown): string | undefined {
  return typeof value === "string" || typeof value === "number" || typeof value === "boolean"
    ? String(value)
    : undefined;
}

function exampleOf(name: string, holder: Node, schema: Node): string {
  const given = [
    ...[
      holder.example,
      schema.example,
      schema.default,
      listAt(schema, "examples")[0],
      listAt(schema, "enum")[0],
    ],
    Object.values(nodeAt(holder, "examples")).map((one) => (isNode(one) ? one.value : undefined))[0],
  ];
  const text = given.map(exampleText).find((one) => one !== undefined && one !== "");
  if (text !== undefined && text.length <= MAX_EXAMPLE_LENGTH) return text;
  const format = textAt(schema, "format");
  if (format === "uuid") return "00000000-0000-4000-8000-000000000001";
  if (format.startsWith("date")) return format === "date-time" ? "2026-01-15T12:00:00Z" : DEFAULT_VALUES.date;
  if (format === "email") return DEFAULT_VALUES.email;
  if (format === "uri" || format === "url") return DEFAULT_VALUES.url;
  const type = textAt(schema, "type");
  if (type === "integer" || type === "number") return exampleText(schema.minimum) ?? "1";
  return type === "boolean" ? "true" : DEFAULT_VALUES[kindOf(name, undefined)];
}

interface Leaf {
  name: string;
  example: string;
}

/** The fields of a schema by JSON Pointer, or by name where a form carries them. */
function leavesOf(document: Node, raw: unknown, name: string, depth = 0): Leaf[] {
  const schema = resolved(document, raw);
  if (depth > MAX_DEPTH) return [];
  const parts = [
    ...listAt(schema, "allOf"),
    ...[...listAt(schema, "oneOf"), ...listAt(schema, "anyOf")].slice(0, 1),
  ];
  const inherited = parts.flatMap((part) => leavesOf(document, part, name, depth + 1));
  const properties = Object.entries(nodeAt(schema, "properties")).filter(
    ([, one]) => resolved(document, one).readOnly !== true,
  );
  const own = properties.flatMap(([key, property]) =>
    leavesOf(document, property, `${name}/${key.replaceAll("~", "~0").replaceAll("/", "~1")}`, depth + 1),
  );
  if (schema.items !== undefined) return leavesOf(document, schema.items, `${name}/0`, depth + 1);
  if (inherited.length + own.length > 0) return [...inherited, ...own].slice(0, MAX_PROPERTIES);
  const isLeaf = name !== "" && textAt(schema, "type") !== "object" && parts.length === 0;
  return isLeaf ? [{ name, example: exampleOf(name, schema, schema) }] : [];
}

const BODY_POSITIONS: readonly [RegExp, ParameterPosition][] = [
  [/^application\/(?:[\w.+-]*\+)?json/, "json"],
  [/^(?:application\/x-www-form-urlencoded|multipart\/form-data)/, "form"],
  [/^(?:application|text)\/(?:[\w.+-]*\+)?xml/, "xml"],
];

function bodyParameters(document: Node, schema: unknown, position: ParameterPosition): EndpointParameter[] {
  return leavesOf(document, schema, "").map(({ name, example }) => ({
    name:
      position === "form"
        ? name
            .split("/")
            .filter((part) => part !== "" && part !== "0")
            .join(".")
        : name,
    in: position,
    example,
  }));
}

/** OpenAPI 3: of several media types the first that can be sent. */
function requestBody(document: Node, operation: Node): EndpointParameter[] {
  const content = nodeAt(resolved(document, operation.requestBody), "content");
  for (const [pattern, position] of BODY_POSITIONS) {
    const media = Object.keys(content).find((type) => pattern.test(type.toLowerCase()));
    if (media !== undefined)
      return bodyParameters(document, nodeAt(nodeAt(content, media), "schema"), position);
  }
  return [];
}

const POSITIONS: Readonly<Record<string, ParameterPosition>> = {
  query: "query",
  path: "path",
  header: "header",
  cookie: "cookie",
  formData: "form",
};

function parametersOf(document: Node, holders: readonly Node[]): EndpointParameter[] {
  return holders.flatMap((holder) =>
    listAt(holder, "parameters").flatMap((raw): EndpointParameter[] => {
      const parameter = resolved(document, raw);
      const [name, where] = [textAt(parameter, "name"), textAt(parameter, "in")];
      if (where === "body") return bodyParameters(document, parameter.schema, "json");
      const position = POSITIONS[where];
      if (!position || name === "" || name.length > 256) return [];
      // Swagger 2 writes the schema into the parameter itself.
      const schema = parameter.schema === undefined ? parameter : resolved(document, parameter.schema);
      return [{ name, in: position, example: exampleOf(name, parameter, schema) }];
    }),
  );
}

/** Where the API's paths start: the first server of OpenAPI 3, host and base path of Swagger 2. */
function serverOf(document: Node, documentUrl: string): string {
  if (document.swagger !== undefined) {
    const base = textAt(document, "basePath");
    const host = textAt(document, "host");
    const scheme = new URL(documentUrl).protocol;
    return new URL(base, host ? `${scheme}//${host}` : documentUrl).href;
  }
  const server = listAt(document, "servers")[0];
  const template = isNode(server) ? textAt(server, "url") : "";
  const variables = nodeAt(server, "variables");
  const url = template.replace(/\{(\w+)\}/g, (_, name: string) => textAt(nodeAt(variables, name), "default"));
  return URL.canParse(url || "/", documentUrl)
    ? new URL(url || "/", documentUrl).href
    : new URL("/", documentUrl).href;
}

/** The path with an example for each of its parameters. */
function filledPath(path: string, parameters: readonly EndpointParameter[]): string {
  return path.replace(/\{([^{}/]{1,100})\}/g, (_, name: string) => {
    const known = parameters.find((one) => one.in === "path" && one.name === name);
    return encodeURIComponent(known?.example ?? "1");
  });
}

/** Named by the path up to it, as `/users/{name}`; what is only a part of a segment is none. */
function pathParameter(template: string, { name, example }: EndpointParameter): EndpointParameter[] {
  const segments = template.replace(/^\/{2,}/, "/").split("/");
  const index = segments.findIndex((segment) => segment.startsWith(`{${name}}`));
  const path = segments.slice(0, index + 1).join("/");
  if (index < 0 || path.length > 256) return [];
  return [{ name: path, in: "path", ...(example !== undefined && { example }) }];
}

/** One kind of request that a document names, with a value for each parameter. */
export interface DescribedEndpoint {
  method: string;
  /** Absolute, with values in path and query. */
  url: string;
  parameters: EndpointParameter[];
}

interface Operation {
  server: string;
  path: string;
  item: Node;
  method: string;
}

function describedEndpoint(
  document: Node,
  { server, path, item, method }: Operation,
): DescribedEndpoint | null {
  const own = nodeAt(item, method);
  const named = new Map(
    [...parametersOf(document, [item, own]), ...requestBody(document, own)].map((one) => [
      `${one.in} ${one.name}`,
      one,
    ]),
  );
  const parameters = [...named.values()];
  const url = tryParseWebUrl(`${server}${filledPath(path, parameters)}`);
  if (!url) return null;
  const values = parameters
    .filter((one) => one.in === "query")
    .map(({ name, example = "" }) => [name, example]);
  const query = new URLSearchParams(values).toString();
  return {
    method: method.toUpperCase(),
    url: hrefOf({ ...url, query: query && `?${query}` }),
    parameters: parameters.flatMap((one) =>
      one.in === "path" ? pathParameter(`${new URL(server).pathname}${path}`, one) : [one],
    ),
  };
}

/** Endpoints that a description names; `left`: operations beyond those that are read. `documentUrl`: where it was found. */
export function describedEndpoints(
  document: ApiDescription,
  documentUrl: string,
): { endpoints: DescribedEndpoint[]; left: number } {
  const server = serverOf(document, documentUrl).replace(/\/$/, "");
  const operations = Object.entries(nodeAt(document, "paths")).flatMap(([path, rawItem]) => {
    const item = resolved(document, rawItem);
    return METHODS.filter((method) => isNode(item[method])).map((method) => ({ server, path, item, method }));
  });
  const endpoints = operations
    .slice(0, MAX_OPERATIONS)
    .flatMap((one) => describedEndpoint(document, one) ?? []);
  return { endpoints, left: Math.max(0, operations.length - MAX_OPERATIONS) };
}

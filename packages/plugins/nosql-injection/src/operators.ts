import { parseJson } from "@picket/core";
import type { HttpRequestInput } from "@picket/plugin-sdk";
import type { InsertionPoint } from "@picket/plugin-sdk/surface";

type Json = string | number | boolean | null | readonly Json[] | { readonly [name: string]: Json };

/** An object of one operator, as the plugin's values write it. */
export type Operator = Readonly<Record<string, Json>>;

/** Null for a value that is one text. */
export function operatorIn(value: string): Operator | null {
  if (!value.startsWith('{"$')) return null;
  try {
    return parseJson(value) as Operator;
  } catch {
    // A text of the application's own that begins like one, with something behind it.
    return null;
  }
}

/** As qs (Express), PHP and Rack write an object into a query or a form: `name[$not][$eq]=ann`. */
function fieldsOf(name: string, value: Json): [string, string][] {
  if (value === null || typeof value !== "object") return [[name, String(value)]];
  return Object.entries(value).flatMap(([key, inner]) => fieldsOf(`${name}[${key}]`, inner));
}

function withFields(text: string, names: readonly string[], operator: Operator): string {
  const fields = new URLSearchParams(text);
  for (const name of names) {
    fields.delete(name);
    for (const [field, value] of fieldsOf(name, operator)) fields.append(field, value);
  }
  return fields.toString();
}

function holderOf(document: unknown, path: readonly string[]): Record<string, unknown> | null {
  const inner = path.reduce<unknown>(
    (value, key) => (value as Record<string, unknown> | null | undefined)?.[key],
    document,
  );
  return typeof inner === "object" ? (inner as Record<string, unknown> | null) : null;
}

/** `pointers`: RFC 6901. */
function withMembers(text: string, pointers: readonly string[], operator: Operator): string {
  const document = parseJson(text);
  for (const pointer of pointers) {
    const path = pointer.split("/").map((token) => token.replaceAll("~1", "/").replaceAll("~0", "~"));
    const holder = holderOf(document, path.slice(1, -1));
    if (holder) holder[path.at(-1) ?? ""] = operator;
  }
  return JSON.stringify(document);
}

/** The request with an operator as the value of each of these parameters, which stand in one place of it. */
export function withOperator(
  request: HttpRequestInput,
  parameters: readonly InsertionPoint["parameter"][],
  operator: Operator,
): HttpRequestInput {
  const names = parameters.map(({ name }) => name);
  if (parameters[0]?.in === "query") {
    const url = new URL(request.url);
    url.search = withFields(url.search, names, operator);
    return { ...request, url: url.href };
  }
  const text = String(request.body ?? "");
  const put = parameters[0]?.in === "json" ? withMembers : withFields;
  return { ...request, body: put(text, names, operator) };
}

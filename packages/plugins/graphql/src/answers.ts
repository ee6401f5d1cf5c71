import { type HttpResponse, parseJson } from "@picket/core";
import { bodyText } from "@picket/plugin-sdk";

function isObject(value: unknown): value is Record<string, unknown> {
  return typeof value === "object" && value !== null && !Array.isArray(value);
}

/** A GraphQL answer: `data`, `errors` or both and nothing but `extensions` beside them (GraphQL spec, 7.1). */
export interface GraphqlAnswer {
  readonly data: Record<string, unknown>;
  /** Messages of its errors. */
  readonly errors: readonly string[];
}

export function graphqlAnswer({ body }: HttpResponse): GraphqlAnswer | null {
  let parsed: unknown;
  try {
    parsed = parseJson(bodyText(body));
  } catch {
    // A page: whatever it is, it is no GraphQL.
    return null;
  }
  if (!isObject(parsed)) return null;
  const { data, errors, extensions: _, ...others } = parsed;
  const messages = Array.isArray(errors) ? errors.filter(isObject).map(({ message }) => String(message)) : [];
  const isAnswer = Object.keys(others).length === 0 && (isObject(data) || messages.length > 0);
  return isAnswer ? { data: isObject(data) ? data : {}, errors: messages } : null;
}

/** Name of the type that queries start from; null when the answer tells none. */
export function rootTypeName(answer: GraphqlAnswer | null): string | null {
  const name = answer?.data.__typename;
  return typeof name === "string" && /^[_A-Za-z]\w{0,100}$/.test(name) ? name : null;
}

/** Names of the types in an introspected schema, without the specification's own; empty when it is none. */
export function schemaTypes(answer: GraphqlAnswer | null): string[] {
  const schema = answer?.data.__schema;
  const types = isObject(schema) && Array.isArray(schema.types) ? schema.types.filter(isObject) : [];
  const names = types.map(({ name }) => String(name));
  return names.includes("__Schema") || names.includes("String")
    ? names.filter((name) => !name.startsWith("__"))
    : [];
}

/** The first error that suggests a name, as graphql-js and its kin word it. */
export function suggestion(answer: GraphqlAnswer | null): string | null {
  return answer?.errors.find((message) => /\bDid you mean ["'`]\w/.test(message))?.slice(0, 300) ?? null;
}

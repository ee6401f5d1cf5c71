import { destructiveWord, parseJson } from "@picket/core";
import { bodyText } from "../body-text.ts";
import type { PluginContext } from "../plugin-context.ts";
import { parameterOf, type SurfaceEndpoint } from "./surface-endpoint.ts";

type Context = Pick<PluginContext, "http">;

/** Fields of a schema that are tried; large ones have thousands. */
const MAX_FIELDS = 60;
/** Fields of an answer that are asked for. */
const MAX_SHOWN = 8;

const TYPE = "kind name ofType { kind name ofType { kind name ofType { kind name } } }";
const INTROSPECTION = `{ __schema { queryType { name } mutationType { name } types { name fields { name args { name type { ${TYPE} } } type { ${TYPE} } } } } }`;

interface TypeReference {
  readonly kind: string;
  readonly name: string | null;
  readonly ofType?: TypeReference | null;
}

interface Field {
  readonly name: string;
  readonly args: readonly { readonly name: string; readonly type: TypeReference }[];
  readonly type: TypeReference;
}

interface Schema {
  readonly queryType: { readonly name: string } | null;
  readonly mutationType: { readonly name: string } | null;
  readonly types: readonly { readonly name: string; readonly fields: readonly Field[] | null }[];
}

const TEXTS = new Set(["String", "ID"]);
/** Values of arguments that must be there and hold no text. */
const LITERALS: Readonly<Record<string, string>> = { Int: "1", Float: "1", Boolean: "true" };

/** True for an endpoint that takes a GraphQL query in a JSON body. */
export function takesGraphql({ method, url, parameters }: SurfaceEndpoint): boolean {
  const hasQuery = parameters.some((one) => one.in === "json" && one.name === "/query");
  return method === "POST" && hasQuery && /\/(?:graphi?ql|gql)\b/i.test(new URL(url).pathname);
}

function bare(type: TypeReference): TypeReference {
  return type.kind === "NON_NULL" && type.ofType ? type.ofType : type;
}

function innermost(type: TypeReference): TypeReference {
  return type.ofType ? innermost(type.ofType) : type;
}

/** What of the answer is asked for: nothing of a scalar, else its scalars. */
function selectionOf({ type }: Field, { types }: Schema): string {
  const { name } = innermost(type);
  const fields = types.find((one) => one.name === name)?.fields;
  if (!fields) return "";
  const scalars = fields.filter(
    (one) => one.args.length === 0 && ["SCALAR", "ENUM"].includes(innermost(one.type).kind),
  );
  return `{__typename ${scalars
    .slice(0, MAX_SHOWN)
    .map((one) => one.name)
    .join(" ")}}`;
}

/** The field as an endpoint whose parameters are its texts; null: it has none, or needs what cannot be made up. */
function fieldEndpoint(
  endpoint: SurfaceEndpoint,
  operation: "query" | "mutation",
  { field, schema }: { readonly field: Field; readonly schema: Schema },
): SurfaceEndpoint | null {
  const texts = field.args.filter(({ type }) => TEXTS.has(bare(type).name ?? ""));
  const others = field.args.filter((one) => one.type.kind === "NON_NULL" && !texts.includes(one));
  if (texts.length === 0 || others.some(({ type }) => LITERALS[bare(type).name ?? ""] === undefined))
    return null;
  // Named by field and argument: the same argument of another field is another parameter.
  const variable = (name: string) => `${field.name}_${name}`;
  const declared = texts.map(
    ({ name, type }) => `$${variable(name)}:${bare(type).name}${type.kind === "NON_NULL" ? "!" : ""}`,
  );
  const given = [
    ...texts.map(({ name }) => `${name}:$${variable(name)}`),
    ...others.map(({ name, type }) => `${name}:${LITERALS[bare(type).name ?? ""]}`),
  ];
  const query = `${operation}(${declared}){${field.name}(${given})${selectionOf(field, schema)}}`;
  return {
    ...endpoint,
    parameters: [
      parameterOf("/query", "json", query),
      ...texts.map(({ name }) =>
        parameterOf(`/variables/${variable(name)}`, "json", parameterOf(name, "json").value),
      ),
    ],
  };
}

async function schemaOf(url: string, { http }: Context): Promise<Schema | null> {
  const response = await http.request({
    method: "POST",
    url,
    headers: [["content-type", "application/json"]],
    body: JSON.stringify({ query: INTROSPECTION }),
    maxRedirects: 0,
  });
  if (!response.ok) return null;
  try {
    const answer = parseJson(bodyText(response.body)) as { data?: { __schema?: Schema } };
    const schema = answer.data?.__schema;
    return Array.isArray(schema?.types) ? schema : null;
  } catch {
    // Not told, or cut off: then nothing of its fields is known.
    return null;
  }
}

/**
 * The fields of a GraphQL server that take texts, each as an endpoint that carries them as variables; none where the
 * server does not tell its schema. One request.
 */
export async function graphqlFields(
  endpoint: SurfaceEndpoint,
  may: { readonly destroy: boolean },
  context: Context,
): Promise<SurfaceEndpoint[]> {
  const schema = await schemaOf(endpoint.url, context);
  if (!schema) return [];
  return (["query", "mutation"] as const)
    .flatMap((operation) => {
      const root = schema[`${operation}Type`]?.name;
      const fields = schema.types.find(({ name }) => name === root)?.fields ?? [];
      return fields
        .filter(({ name }) => may.destroy || destructiveWord({ path: name, query: "" }) === null)
        .flatMap((field) => fieldEndpoint(endpoint, operation, { field, schema }) ?? []);
    })
    .slice(0, MAX_FIELDS);
}

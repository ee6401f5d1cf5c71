import { type HtmlPage, titleOf } from "@picket/plugin-sdk/html";
import type { ClaimId } from "./claims.ts";

export interface Exposure {
  readonly claim: ClaimId;
  readonly product: string;
  readonly snippet: string;
}

/** Strings and numbers of a document's first lines; big ones are stored in part, so they cannot be parsed whole. */
const OPENAPI_JSON = /^\s{0,100}\{[\s\S]{0,20000}?"(openapi|swagger)"\s{0,8}:\s{0,8}"([23]\.\d[\d.]{0,6})"/;
const OPENAPI_YAML = /^(openapi|swagger):\s{0,8}["']?([23]\.\d[\d.]{0,6})["']?\s{0,8}$/m;
const PATHS_JSON = /"paths"\s{0,8}:\s{0,8}\{/;
const PATHS_YAML = /^paths:/m;
const SCHEMA = /^\s{0,100}\{\s{0,100}(?:"data"\s{0,8}:\s{0,8}\{\s{0,100})?"__schema"\s{0,8}:\s{0,8}\{/;
const TYPES = /"(?:queryType|types)"\s{0,8}:/;

/** Documents for programs. */
export function detectInData(body: string): Exposure[] {
  const schema = SCHEMA.exec(body);
  if (schema && TYPES.test(body))
    return [{ claim: "graphql-schema-seen", product: "GraphQL", snippet: body.slice(0, 300) }];
  const json = PATHS_JSON.test(body) ? OPENAPI_JSON.exec(body) : null;
  const yaml = PATHS_YAML.test(body) ? OPENAPI_YAML.exec(body) : null;
  const [, format, version] = json ?? yaml ?? [];
  if (format === undefined) return [];
  return [{ claim: "openapi-document", product: "OpenAPI", snippet: `${format}: ${version}` }];
}

interface Tool {
  readonly claim: ClaimId;
  readonly product: string;
  isIt(page: HtmlPage): boolean;
}

const hasId = (page: HtmlPage, id: string) => page.elements.some(({ attributes }) => attributes.id === id);
const hasElement = (page: HtmlPage, element: string) => page.elements.some(({ name }) => name === element);
const loads = (page: HtmlPage, pattern: RegExp) =>
  page.elements.some(({ name, attributes }) => name === "script" && pattern.test(attributes.src ?? ""));
const runs = (page: HtmlPage, pattern: RegExp) =>
  page.texts.some(({ text, within }) => within.at(-1) === "script" && pattern.test(text));

/** Each needs its own element and the script that fills it: an article about it has neither. */
const TOOLS: readonly Tool[] = [
  {
    claim: "graphql-ide",
    product: "GraphiQL",
    isIt: (page) => hasId(page, "graphiql") && (loads(page, /graphiql/i) || runs(page, /GraphiQL/)),
  },
  {
    claim: "graphql-ide",
    product: "GraphQL Playground",
    isIt: (page) => /GraphQL Playground/i.test(titleOf(page)) && runs(page, /GraphQLPlayground\.init/),
  },
  {
    claim: "graphql-ide",
    product: "Apollo Sandbox",
    isIt: (page) => runs(page, /new (?:window\.)?EmbeddedSandbox\(/) || loads(page, /embeddable-sandbox/),
  },
  {
    claim: "graphql-ide",
    product: "Altair",
    isIt: (page) => hasElement(page, "app-root") && /^Altair/.test(titleOf(page)),
  },
  {
    claim: "api-documentation-page",
    product: "Swagger UI",
    isIt: (page) => hasId(page, "swagger-ui") && (loads(page, /swagger/i) || runs(page, /SwaggerUIBundle/)),
  },
  {
    claim: "api-documentation-page",
    product: "ReDoc",
    isIt: (page) => (hasElement(page, "redoc") || runs(page, /Redoc\.init/)) && loads(page, /redoc/i),
  },
  {
    claim: "api-documentation-page",
    product: "Scalar",
    isIt: (page) => hasId(page, "api-reference") && loads(page, /@scalar\/api-reference/),
  },
];

/** Pages for persons. */
export function detectInPage(page: HtmlPage): Exposure[] {
  return TOOLS.filter(({ isIt }) => isIt(page)).map(({ claim, product }) => ({
    claim,
    product,
    snippet: `${product}: «${titleOf(page)}»`,
  }));
}

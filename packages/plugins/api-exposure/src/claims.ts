import type { Claim } from "@picket/plugin-sdk";

const GRAPHQL = "https://cheatsheetseries.owasp.org/cheatsheets/GraphQL_Cheat_Sheet.html";
const REST = "https://cheatsheetseries.owasp.org/cheatsheets/REST_Security_Cheat_Sheet.html";

const CLOSE_GRAPHQL = [
  "If the API is not public: switch introspection and the page off in production.",
  'Apollo Server: introspection: process.env.NODE_ENV !== "production"',
  "graphql-yoga: graphiql: false and the plugin @graphql-yoga/plugin-disable-introspection",
  "Spring: spring.graphql.graphiql.enabled=false, spring.graphql.schema.introspection.enabled=false",
].join("\n");
const CLOSE_OPENAPI = [
  "If the API is not public: serve its description behind the login, or not at all in production.",
  "springdoc: springdoc.api-docs.enabled=false, springdoc.swagger-ui.enabled=false",
  "FastAPI: FastAPI(openapi_url=None, docs_url=None, redoc_url=None)",
  "nginx: location ~ ^/(swagger|openapi|api-docs) { allow 10.0.0.0/8; deny all; }",
].join("\n");

export const CLAIMS = {
  "graphql-schema-seen": {
    type: "graphql-schema-seen",
    title: "A GraphQL schema is given to visitors",
    description:
      "An answer carries the result of an introspection query: all types, fields and arguments of the API.",
    severity: "info",
    remediation: CLOSE_GRAPHQL,
    references: [GRAPHQL],
    cwe: 200,
  },
  "graphql-ide": {
    type: "graphql-ide",
    title: "A page for trying GraphQL queries is served",
    description:
      "GraphiQL, GraphQL Playground, Apollo Sandbox or Altair is served: made for development, with the schema at hand.",
    severity: "info",
    remediation: CLOSE_GRAPHQL,
    references: [GRAPHQL],
    cwe: 200,
  },
  "openapi-document": {
    type: "openapi-document",
    title: "A description of the API is served",
    description:
      "An OpenAPI or Swagger document is served: all paths, parameters and data of the API. Public APIs mean to.",
    severity: "info",
    remediation: CLOSE_OPENAPI,
    references: [REST],
    cwe: 200,
  },
  "api-documentation-page": {
    type: "api-documentation-page",
    title: "A page for trying the API is served",
    description: "Swagger UI, ReDoc or the like is served. Public APIs mean to.",
    severity: "info",
    remediation: CLOSE_OPENAPI,
    references: [REST],
    cwe: 200,
  },
} satisfies Record<string, Claim>;

export type ClaimId = keyof typeof CLAIMS;

import type { FindingInput } from "@picket/plugin-sdk";

type Claim = Pick<FindingInput, "title" | "description" | "severity" | "remediation" | "references" | "cwe">;

const REFERENCES = [
  "https://cheatsheetseries.owasp.org/cheatsheets/GraphQL_Cheat_Sheet.html",
  "https://owasp.org/www-project-web-security-testing-guide/latest/4-Web_Application_Security_Testing/12-API_Testing/99-Testing_GraphQL",
];

export const CLAIMS = {
  "graphql-introspection": {
    title: "GraphQL tells its whole schema",
    description:
      "Introspection is on: the endpoint lists every type, field and argument to everyone, those that no page uses among them.",
    severity: "low",
    remediation:
      "Switch it off in production, unless the schema is meant to be public. Authorise each field whether it is known or not.\nApollo Server: introspection: false\nExpress GraphQL and Yoga: useDisableIntrospection()\nSpring for GraphQL: spring.graphql.schema.introspection.enabled=false\nHot Chocolate: .DisableIntrospection()\ngraphql-java: NoIntrospectionGraphqlFieldVisibility.",
    references: REFERENCES,
    cwe: 200,
  },
  "graphql-field-suggestions": {
    title: "GraphQL suggests names of fields",
    description:
      "Introspection is off, but errors suggest fields whose names are like a wrong one. With a list of words the schema can be guessed from that.",
    severity: "info",
    remediation:
      "Hide suggestions in production.\nApollo Server: hideSchemaDetailsFromClientErrors: true\nYoga and Envelop: blockFieldSuggestionsPlugin()\nStrawberry and graphene: a validation rule or an error formatter that cuts the message.",
    references: REFERENCES,
    cwe: 209,
  },
} satisfies Record<string, Claim>;

export type ClaimType = keyof typeof CLAIMS;

import { describe, expect, it } from "@jest/globals";
import { testPlugin } from "@picket/plugin-sdk/testing";
import { plugin } from "./plugin.ts";

async function found(body: string, type = "text/html", status = 200): Promise<string[]> {
  const fetches = [{ url: "/x", status, headers: { "content-type": type }, body }];
  const result = await testPlugin(plugin, { fetches });
  expect(result.requests).toEqual([]);
  return result.of("finding").map(({ type: name, severity }) => `${name} ${severity}`);
}

const SWAGGER =
  '<title>Swagger UI</title><div id="swagger-ui"></div><script src="./swagger-ui-bundle.js"></script>';
const SCHEMA = '{"data":{"__schema":{"queryType":{"name":"Query"},"types":[]}}}';

describe("api-exposure", () => {
  it.each<[string, string, string, string[]]>([
    ["OpenAPI 3", '{"openapi":"3.1.0","info":{},"paths":{}}', "application/json", ["openapi-document info"]],
    ["Swagger 2", '{"info":{},"swagger":"2.0","paths":{}}', "application/json", ["openapi-document info"]],
    [
      "YAML",
      "openapi: 3.0.3\ninfo:\n  title: x\npaths:\n  /a: {}\n",
      "application/yaml",
      ["openapi-document info"],
    ],
    ["a configuration", '{"openapi":"https://app.test/openapi.json"}', "application/json", []],
    ["a schema", SCHEMA, "application/json", ["graphql-schema-seen info"]],
    [
      "an answer about schemas",
      '{"data":{"articles":[{"title":"__schema and types"}]}}',
      "application/json",
      [],
    ],
    ["Swagger UI", SWAGGER, "text/html", ["api-documentation-page info"]],
    [
      "ReDoc",
      '<redoc spec-url="/a.json"></redoc><script src="redoc.standalone.js"></script>',
      "text/html",
      ["api-documentation-page info"],
    ],
    [
      "GraphiQL",
      '<div id="graphiql">Loading…</div><script src="/graphiql.min.js"></script>',
      "text/html",
      ["graphql-ide info"],
    ],
    [
      "an article",
      "<title>Swagger UI</title><pre>&lt;div id=&quot;swagger-ui&quot;&gt;</pre>",
      "text/html",
      [],
    ],
    [
      "a heading with such an id",
      '<h2 id="swagger-ui">Swagger UI</h2><script src="/site.js"></script>',
      "text/html",
      [],
    ],
  ])("judges %s", async (_what, body, type, expected) => {
    expect(await found(body, type)).toEqual(expected);
  });

  it("leaves errors alone", async () => {
    expect(await found(SWAGGER, "text/html", 404)).toEqual([]);
  });
});

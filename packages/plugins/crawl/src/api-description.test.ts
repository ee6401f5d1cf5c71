import { describe, expect, it } from "@jest/globals";
import { hrefOf } from "@picket/core";
import { describedReferences, embeddedDescription, tryParseDescription } from "./api-description.ts";

const AT = "http://app.test/api/openapi.yaml";

function endpointsOf(text: string): string[] {
  const document = tryParseDescription(text);
  if (!document) throw new Error("no description");
  return describedReferences(document, AT).references.map(
    ({ method, url, request, parameters, isRequestable }) => {
      const values = parameters.map(({ name, in: position, example }) => ` ${position}:${name}=${example}`);
      return `${isRequestable ? "ask " : ""}${method} ${hrefOf(request ?? url).replace("http://app.test", "")}${values.join("")}`;
    },
  );
}

const OPENAPI = `
openapi: 3.1.0
servers: [{url: "/{version}", variables: {version: {default: v2}}}]
paths:
  /users/{user}:
    parameters: [{$ref: "#/components/parameters/User"}]
    get:
      parameters: [{name: fields, in: query, schema: {type: string, enum: [name, mail]}}, {name: X-Trace, in: header, schema: {type: string, format: uuid}}]
    put:
      requestBody: {content: {"application/json": {schema: {$ref: "#/components/schemas/User"}}}}
  /upload:
    post:
      requestBody: {content: {"application/x-www-form-urlencoded": {schema: {type: object, properties: {note: {type: string, default: hi}}}}}}
components:
  parameters:
    User: {name: user, in: path, required: true, schema: {type: string}, example: ann}
  schemas:
    User:
      allOf:
        - {properties: {id: {type: integer, readOnly: true}, name: {type: string, example: Ann}}}
        - {properties: {tags: {type: array, items: {type: string}}, friend: {$ref: "#/components/schemas/User"}}}
`;

const SWAGGER = JSON.stringify({
  swagger: "2.0",
  basePath: "/v1",
  paths: {
    "/pets": {
      get: { parameters: [{ name: "limit", in: "query", type: "integer" }] },
      post: {
        parameters: [
          {
            name: "pet",
            in: "body",
            schema: { properties: { name: { type: "string" }, mail: { type: "string", format: "email" } } },
          },
        ],
      },
    },
  },
});

describe("describedReferences", () => {
  it("resolves OpenAPI 3 in YAML: servers, references, examples, schemas that contain themselves", () => {
    const [get, put, post] = endpointsOf(OPENAPI);
    expect(get).toBe(
      "ask GET /v2/users/ann?fields=name path:/v2/users/{user}=ann query:fields=name header:X-Trace=00000000-0000-4000-8000-000000000001",
    );
    expect(put).toMatch(
      /^PUT \/v2\/users\/ann path:\/v2\/users\/\{user\}=ann json:\/name=Ann json:\/tags\/0=picket json:\/friend\/name=Ann/,
    );
    expect(post).toBe("POST /v2/upload form:note=hi");
  });

  it("reads Swagger 2", () => {
    expect(endpointsOf(SWAGGER)).toEqual([
      "ask GET /v1/pets?limit=1 query:limit=1",
      "POST /v1/pets json:/name=picket json:/mail=picket@example.com",
    ]);
  });

  it.each([
    "{}",
    "<html>openapi: 3</html>",
    "openapi: 3.0.0",
    '{"openapi":"3.0.0","paths":',
    "swagger: &a [*a]",
  ])("takes %s for no description", (text) => expect(tryParseDescription(text)).toBeNull());

  it("ends with references that go in circles", () => {
    const document = tryParseDescription(
      JSON.stringify({
        openapi: "3.0.0",
        paths: { "/a": { $ref: "#/paths/~1a" }, "/b": { get: { parameters: [{ $ref: "#/x" }] } } },
        x: { $ref: "#/x" },
      }),
    );
    expect(document && describedReferences(document, AT).references).toHaveLength(1);
  });
});

describe("embeddedDescription", () => {
  it("finds the document that Swagger UI's own script holds", () => {
    const script = `window.onload = function() { var options = {"swaggerDoc":${SWAGGER},"customOptions":{}}; }`;
    expect(embeddedDescription(script)).toEqual(tryParseDescription(SWAGGER));
  });

  it.each(['var a = {"openapi":"3', 'var openapi = "3.0.0"', '{"openapi":"3.0.0"}'])(
    "finds none in %s",
    (script) => expect(embeddedDescription(script)).toBeNull(),
  );
});

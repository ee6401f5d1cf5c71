import { describe, expect, it } from "@jest/globals";
import type { HttpRequest } from "@picket/core";
import { type TestResponse, testPlugin } from "@picket/plugin-sdk/testing";
import { plugin } from "./plugin.ts";

const SCHEMA = {
  queryType: { name: "Query" },
  types: [{ name: "Query" }, { name: "Staff" }, { name: "__Schema" }],
};

const json = (value: unknown): TestResponse => ({
  headers: { "content-type": "application/json" },
  body: JSON.stringify(value),
});

const queryOf = ({ method, url, body }: HttpRequest) =>
  method === "POST" ? String(JSON.parse(String(body)).query) : (new URL(url).searchParams.get("query") ?? "");

/** GraphQL at /graphql by `methods`; everything else is not there. */
function server(answer: (query: string) => unknown, methods = ["POST", "GET"]) {
  return (request: HttpRequest): TestResponse => {
    if (new URL(request.url).pathname !== "/graphql") return { status: 404 };
    return methods.includes(request.method) ? json(answer(queryOf(request))) : { status: 405 };
  };
}

const open = (query: string) =>
  query.includes("__schema ") ? { data: { __schema: SCHEMA } } : { data: { __typename: "Query" } };
const refusal = (message: string) => (query: string) =>
  query.includes("__typename") ? { data: { __typename: "Query" } } : { errors: [{ message }] };

async function findings(respond: (request: HttpRequest) => TestResponse) {
  const { of } = await testPlugin(plugin, { respond });
  return of("finding").map(
    ({ type, instance }) => `${type} ${instance.method} ${new URL(instance.url).pathname}`,
  );
}

describe("graphql", () => {
  it("proves introspection by the schema, twice, and a path beside it that has none", async () => {
    const { of } = await testPlugin(plugin, { respond: server(open) });
    expect(of("finding")).toMatchObject([{ type: "graphql-introspection", instance: { method: "POST" } }]);
    expect(of("evidence").map(({ kind, snippet }) => [kind, snippet])).toEqual([
      ["content_proof", "__schema with 2 types: Query, Staff"],
      ["content_proof", "__schema with 2 types: Query, Staff"],
      ["negative_control", expect.any(String)],
    ]);
  });

  it.each<[string, (request: HttpRequest) => TestResponse, string[]]>([
    ["answers GET only", server(open, ["GET"]), ["graphql-introspection GET /graphql"]],
    [
      "hides its schema but suggests names",
      server(refusal('Cannot query field "usr" on type "Query". Did you mean "user"?')),
      ["graphql-field-suggestions POST /graphql"],
    ],
    ["hides its schema", server(refusal('Cannot query field "usr" on type "Query".')), []],
    ["answers every path with a schema", (request) => json(open(queryOf(request))), []],
    [
      "is a catch-all",
      () => ({ headers: { "content-type": "text/html" }, body: "__schema types String" }),
      [],
    ],
    ["is another API", () => json({ status: "ok", data: { __typename: "Query" } }), []],
    ["asks for a login", () => ({ status: 401 }), []],
    ["does not answer", () => ({ ok: false, reason: "timed_out", detail: "" }), []],
  ])("judges a server that %s", async (_what, respond, expected) => {
    expect(await findings(respond)).toEqual(expected);
  });

  it("asks each known place once when nothing is there, and what the scan has seen", async () => {
    const seen = {
      id: "1",
      method: "POST",
      url: "http://app.test/shop/graphql?x=1",
      route: "",
      parameters: [],
      source: "link" as const,
    };
    const { requests } = await testPlugin(plugin, { endpoints: [seen] });
    expect(requests.map(({ method, url }) => `${method} ${new URL(url).pathname}`)).toEqual([
      "POST /shop/graphql",
      "POST /graphql",
      "POST /api/graphql",
      "POST /v1/graphql",
      "POST /graphql/v1",
      "POST /query",
    ]);
  });
});

import { describe, expect, it } from "@jest/globals";
import type { EndpointParameter } from "@picket/core";
import { z } from "zod";
import { definePlugin } from "../define-plugin.ts";
import type { EndpointView } from "../session.ts";
import { type PluginTest, testPlugin } from "../testing/index.ts";
import { type InsertionPoint, readSurface, type SurfaceOptions } from "./read-surface.ts";

const BASE = "http://app.test";
let number = 0;

function endpoint(path: string, more: Partial<EndpointView> = {}): EndpointView {
  number += 1;
  const route = new URL(path, BASE).pathname.replace(/\/\d+/g, "/{id}");
  return {
    id: String(number),
    method: "GET",
    url: BASE + path,
    route,
    parameters: [],
    source: "link",
    ...more,
  };
}

const inside = (position: EndpointParameter["in"], values: Record<string, string | undefined>) =>
  Object.entries(values).map(
    ([name, example]): EndpointParameter => ({
      name,
      in: position,
      ...(example !== undefined && { example }),
    }),
  );

/** What a plugin sees of the surface. */
async function surface(test: PluginTest, options: SurfaceOptions = {}) {
  let points: InsertionPoint[] = [];
  const plugin = definePlugin({
    ...{ name: "probe", description: "d", version: "1.0.0", emits: [], config: z.object({}) },
    requiredCapabilities: ["http:active"],
    stage: "probe",
    async *run(scan, context) {
      points = await readSurface(scan, context, options);
      yield* [];
    },
  });
  const result = await testPlugin(plugin, { baseUrl: `${BASE}/`, ...test });
  return {
    ...result,
    points,
    names: points.map(
      ({ method, route, parameter }) => `${method} ${route} ${parameter.in} ${parameter.name}`,
    ),
  };
}

describe("readSurface", () => {
  it("offers what the plugin may send: no forms where it may not, what looks destructive where it may", async () => {
    const endpoints = [
      endpoint("/search?q=1"),
      endpoint("/save", { method: "POST", parameters: inside("form", { note: "x" }) }),
      endpoint("/item/delete?id=1"),
    ];
    const offered = async (may: PluginTest["may"] & object) => (await surface({ endpoints, may })).names;
    expect(await offered({ submitForms: false })).toEqual(["GET /search query q"]);
    expect((await offered({})).toSorted()).toEqual(["GET /search query q", "POST /save form note"]);
    expect(await offered({ submitForms: false, destroy: true })).toEqual([
      "GET /item/delete query id",
      "GET /search query q",
    ]);
  });

  it("offers 500 product pages once", async () => {
    const endpoints = Array.from({ length: 500 }, (_, index) =>
      endpoint(`/product/${500 - index}?tab=${index}`),
    );
    const { names, points } = await surface({ endpoints });
    expect(names).toEqual(["GET /product/{id} path /product/{id}", "GET /product/{id} query tab"]);
    expect(points.map(({ kind }) => kind)).toEqual(["number", "number"]);
  });

  it("offers a segment that only the API's description names as variable, once", async () => {
    const described = [
      endpoint("/users/ann", { parameters: inside("path", { "/users/{username}": "ann" }) }),
      endpoint("/orders/7", { parameters: inside("path", { "/orders/{order}": "7" }) }),
    ];
    const { names, points } = await surface({ endpoints: described });
    expect(names).toEqual(["GET /orders/{id} path /orders/{id}", "GET /users/ann path /users/{username}"]);
    expect(points.map((point) => point.request("x/y").url)).toEqual([
      `${BASE}/orders/x%2Fy`,
      `${BASE}/users/x%2Fy`,
    ]);
  });

  const TEXT = { kind: "SCALAR", name: "String" };
  const SCHEMA = {
    queryType: { name: "Query" },
    mutationType: null,
    types: [
      {
        name: "Query",
        fields: [
          {
            name: "pastes",
            args: [
              { name: "filter", type: TEXT },
              { name: "limit", type: { kind: "NON_NULL", ofType: { kind: "SCALAR", name: "Int" } } },
            ],
            type: { kind: "LIST", ofType: { kind: "OBJECT", name: "Paste" } },
          },
          { name: "run", args: [{ name: "cmd", type: { kind: "NON_NULL", ofType: TEXT } }], type: TEXT },
          { name: "deletePaste", args: [{ name: "id", type: TEXT }], type: TEXT },
          { name: "users", args: [], type: TEXT },
        ],
      },
      { name: "Paste", fields: [{ name: "title", args: [], type: TEXT }] },
    ],
  };

  it("offers the texts that a GraphQL server's fields take, in place of the query, where it tells its schema", async () => {
    const server = endpoint("/graphql", {
      method: "POST",
      parameters: inside("json", { "/query": "{__typename}" }),
    });
    const told = await surface({
      endpoints: [server],
      respond: () => ({ body: JSON.stringify({ data: { __schema: SCHEMA } }) }),
    });
    expect(told.points.map((point) => point.request("x'").body)).toEqual([
      `{"query":"query($pastes_filter:String){pastes(filter:$pastes_filter,limit:1){__typename title}}","variables":{"pastes_filter":"x'"}}`,
      `{"query":"query($run_cmd:String!){run(cmd:$run_cmd)}","variables":{"run_cmd":"x'"}}`,
    ]);
    const silent = await surface({ endpoints: [server], respond: () => ({ status: 400, body: "{}" }) });
    expect(silent.names).toEqual(["POST /graphql json /query"]);
  });

  it("carries a value in each position, all others as observed", async () => {
    const form = endpoint("/order/7?lang=de", {
      method: "POST",
      parameters: inside("form", { item: "tent", mail: undefined }),
    });
    const json = endpoint("/api", {
      method: "POST",
      parameters: inside("json", { "/user/name": "ann", "/tags/0": "a", "/age": "3" }),
    });
    const xml = endpoint("/soap", {
      method: "POST",
      parameters: inside("xml", { "/order/item": "tent", "/order/note": "a<b" }),
    });
    const { points } = await surface({ endpoints: [form, json, xml] });
    const sent = Object.fromEntries(points.map((point) => [point.parameter.name, point.request("x/ ü")]));
    expect(sent["/order/{id}"]).toMatchObject({
      url: `${BASE}/order/x%2F%20%C3%BC?lang=de`,
      body: "item=tent&mail=picket%40example.com",
    });
    expect(sent.lang).toMatchObject({ method: "POST", url: `${BASE}/order/7?lang=x%2F+%C3%BC` });
    expect(sent.item).toMatchObject({
      body: "item=x%2F+%C3%BC&mail=picket%40example.com",
      headers: [["content-type", "application/x-www-form-urlencoded"]],
    });
    expect(JSON.parse(String(sent["/user/name"]?.body))).toEqual({
      user: { name: "x/ ü" },
      tags: ["a"],
      age: 3,
    });
    expect(JSON.parse(String(sent["/tags/0"]?.body))).toEqual({
      user: { name: "ann" },
      tags: ["x/ ü"],
      age: 3,
    });
    expect(sent["/order/item"]?.body).toBe(
      '<?xml version="1.0"?><order><item>x/ ü</item><note>a&#60;b</note></order>',
    );
  });

  it("sends a number as a number only where one was observed", async () => {
    const json = endpoint("/api", {
      method: "POST",
      parameters: inside("json", { "/age": "3", "/code": "x" }),
    });
    const { points } = await surface({ endpoints: [json] });
    expect(points.map((point) => point.request("7").body)).toEqual([
      '{"age":7,"code":"x"}',
      '{"age":3,"code":"7"}',
    ]);
  });

  it("leaves out what is destructive, gone, an asset, or another method", async () => {
    const endpoints = [
      endpoint("/logout?next=1"),
      endpoint("/admin", { method: "POST", parameters: inside("form", { action: "delete", id: "1" }) }),
      endpoint("/old?x=1"),
      endpoint("/logo.png?v=1"),
      endpoint("/item/1", { method: "PUT", parameters: inside("json", { "/a": "1" }) }),
      endpoint("/kept?x=1"),
    ];
    const fetches = [{ url: "/old?x=1", status: 404 }];
    expect((await surface({ endpoints, fetches })).names).toEqual(["GET /kept query x"]);
    const all = await surface({ endpoints, fetches }, { methods: ["GET", "PUT"] });
    expect(all.names).toContain("PUT /item/{id} json /a");
  });

  it("tells programs apart that one parameter chooses among", async () => {
    const endpoints = ["home", "user", "user"].map((page, index) =>
      endpoint(`/i.php?page=${page}&id=${index}`),
    );
    const { points } = await surface({ endpoints });
    expect(points.map(({ url }) => url)).toEqual(
      ["page=home&id=0", "page=home&id=0", "page=user&id=1", "page=user&id=1"].map(
        (query) => `${BASE}/i.php?${query}`,
      ),
    );
  });

  it("tries of one route its largest sets of parameters, however they are combined", async () => {
    const queries = ["a=1", "b=1", "c=1", "a=1&b=1", "a=1&c=1", "b=1&c=1", "a=1&b=1&c=1"];
    const { points, logs } = await surface({ endpoints: queries.map((query) => endpoint(`/shop?${query}`)) });
    expect(new Set(points.map(({ url }) => new URL(url).search))).toEqual(
      new Set(["?a=1&b=1&c=1", "?a=1&b=1", "?a=1&c=1"]),
    );
    expect(logs.at(-1)).toMatchObject({ message: "combination cap reached", fields: { left: 4 } });
  });

  it("takes pages of one route that each have a parameter of their own for different programs", async () => {
    const route = "/test/{slug}";
    const endpoints = Array.from({ length: 4 }, (_, n) => endpoint(`/test/t-${n}?own${n}=1`, { route }));
    const { points } = await surface({ endpoints });
    const own = ["own0", "own1", "own2", "own3"];
    // What stands in the path is tried once: it is one parameter of the route.
    expect(points.map(({ parameter }) => parameter.name).sort()).toEqual([route, ...own]);
  });

  it("tells programs apart whose names were learned for values, and no pages with filters in common", async () => {
    const route = "/act/{slug}";
    const ofPrograms = Array.from({ length: 5 }, (_, n) => endpoint(`/act/do-${n}?own${n}=1`, { route }));
    const body = { route, method: "POST", parameters: inside("json", { "/value": "x" }) };
    const posts = [endpoint("/act/do-8", body), endpoint("/act/do-9", body)];
    const { points } = await surface({ endpoints: [...ofPrograms, ...posts] });
    expect(points.map(({ method, url }) => `${method} ${new URL(url).pathname}`)).toEqual([
      ...[0, 1, 2, 3, 4].map((n) => `GET /act/do-${n}`),
      ...["POST /act/do-8", "POST /act/do-9"],
    ]);
    const filters = Array.from({ length: 9 }, (_, n) =>
      endpoint(`/cat/c-${n}?size=1`, { route: "/cat/{slug}" }),
    );
    const ofPages = await surface({ endpoints: filters });
    expect(ofPages.points).toHaveLength(2);
  });

  it("says which caps it met", async () => {
    const endpoints = [endpoint("/a?x=1&y=2"), endpoint("/b?x=1"), endpoint("/c?x=1")];
    const { logs, points } = await surface({ endpoints }, { maxEndpoints: 2, maxParameters: 1 });
    expect(points).toHaveLength(2);
    expect(logs.filter(({ level }) => level === "warn")).toEqual([
      { level: "warn", message: "endpoint cap reached", fields: { maxEndpoints: 2, left: 1 } },
      { level: "warn", message: "parameter cap reached", fields: { maxParameters: 1, left: 1 } },
    ]);
  });

  it("offers headers and plain cookies when asked to", async () => {
    const fetches = [
      {
        url: "/",
        headers: [
          ["set-cookie", "lang=de; Path=/"],
          ["set-cookie", "sessionid=abc"],
          ["set-cookie", "shop=[redacted:cookie:00]; Path=/"],
          ["set-cookie", "PHPSESSID=[redacted:cookie:01]; Path=/"],
        ] as [string, string][],
      },
    ];
    const { points } = await surface(
      { endpoints: [endpoint("/a")], fetches },
      { positions: ["header", "cookie"], headers: ["referer"] },
    );
    expect(points.map(({ value }) => value)).toEqual(["picket", "de", "picket"]);
    expect(points.map((point) => point.request("x\r\ny").headers)).toEqual([
      [["referer", "x  y"]],
      [["cookie", "lang=x%0D%0Ay"]],
      [["cookie", "shop=x%0D%0Ay"]],
    ]);
  });

  it("offers a cookie where the forms of the page that set it lead to", async () => {
    const fetches = [{ url: "/page", headers: [["set-cookie", "lang=de; Path=/"]] as [string, string][] }];
    const post = { method: "POST", foundAt: `${BASE}/page`, parameters: inside("form", { q: "1" }) };
    const { points } = await surface(
      {
        endpoints: [endpoint("/page"), endpoint("/act", post), endpoint("/other", { method: "POST" })],
        fetches,
      },
      { positions: ["cookie"] },
    );
    expect(points.map(({ method, url }) => `${method} ${url.slice(BASE.length)}`)).toEqual([
      ...["GET /page", "POST /act"],
    ]);
    expect(points[1]?.request("x")).toMatchObject({ body: "q=1" });
  });

  it("looks in a recheck at its places only, and at those that no endpoint is known for", async () => {
    const endpoints = [endpoint("/item/1?x=1&y=2"), endpoint("/other?x=1")];
    const focus = [
      { method: "GET", url: `${BASE}/item/1?x=1&y=2`, parameter: { name: "y", in: "query" } },
      { method: "POST", url: `${BASE}/unknown`, parameter: { name: "q", in: "form" } },
    ];
    const { points, names } = await surface({ endpoints, focus });
    expect(names).toEqual(["GET /item/{id} query y", "POST /unknown form q"]);
    expect(points[1]?.request("v")).toMatchObject({ url: `${BASE}/unknown`, body: "q=v" });
  });
});

describe("readSurface, logged in", () => {
  const form = (path: string, foundAt: string, ...names: string[]) =>
    endpoint(path, {
      method: "POST",
      foundAt: BASE + foundAt,
      parameters: names.flatMap((name) => inside("form", { [name]: "v" })),
    });
  const seen = (url: string, authentication: "anonymous" | "authenticated") => ({ url, authentication });
  const test: PluginTest = {
    endpoints: [
      form("/login", "/login", "user", "password"),
      form("/forgot", "/forgot", "mail"),
      form("/reset-view", "/list", "columns"),
      form("/users", "/users/new", "name", "password"),
      form("/poll", "/poll", "answer"),
      endpoint("/list?sort=a"),
    ],
    fetches: [
      seen("/login", "anonymous"),
      seen("/forgot", "anonymous"),
      seen("/list", "authenticated"),
      seen("/list", "anonymous"),
      seen("/poll", "anonymous"),
      seen("/users/new", "authenticated"),
    ],
  };
  const identities = async (more: PluginTest) => {
    const { points } = await surface({ ...test, ...more });
    return [
      ...new Set(points.map(({ route, request }) => `${route} ${request("v").identity ?? "own"}`)),
    ].sort();
  };

  it("sends as nobody what only strangers are shown, and logins, and all else as the user", async () => {
    expect(await identities({})).toEqual([
      "/forgot anonymous",
      "/list own",
      "/login anonymous",
      "/poll own",
      "/reset-view own",
      "/users own",
    ]);
  });

  it("says nothing of identities where there is no session", async () => {
    const all = await identities({ identities: ["anonymous"] });
    expect(all.every((one) => one.endsWith(" own"))).toBe(true);
  });

  it("looks again as both in a recheck, where a stranger may have found it", async () => {
    const focus = (path: string, name: string) => [
      { method: "POST", url: BASE + path, parameter: { name, in: "form" as const } },
    ];
    expect(await identities({ focus: focus("/forgot", "mail"), fetches: [] })).toEqual([
      "/forgot anonymous",
      "/forgot own",
    ]);
    expect(await identities({ focus: focus("/users", "name"), fetches: [] })).toEqual([
      "/users anonymous",
      "/users own",
    ]);
    expect(
      await identities({ focus: [{ method: "GET", url: `${BASE}/list?sort=a`, parameter: null }] }),
    ).toEqual(["/list own"]);
  });
});

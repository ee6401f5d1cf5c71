import type { IncomingMessage } from "node:http";
import { afterEach, describe, expect, it } from "@jest/globals";
import {
  type Capability,
  type HttpRequest,
  headerValues,
  markHeader,
  type RequestPolicy,
} from "@picket/core";
import { createAuthSession } from "../src/index.ts";
import { closeServers, startServer } from "./target-servers.ts";
import { closeBrokers, outcomeOf, testBroker } from "./test-broker.ts";

afterEach(async () => {
  closeBrokers();
  await closeServers();
});

const CLASSES: Record<string, Capability[]> = {
  passive: ["http:passive"],
  "safe active": ["http:active"],
  intrusive: ["http:intrusive"],
};
const FORM: [string, string][] = [["content-type", "application/x-www-form-urlencoded"]];
const post = (url: string, body = "a=1"): Partial<HttpRequest> => ({
  method: "POST",
  url,
  body,
  headers: FORM,
});

/** What each class got for a request, and whether anything reached the target. */
async function outcomes(request: Partial<HttpRequest>, policy?: RequestPolicy): Promise<string[]> {
  const server = await startServer((incoming, response) => incoming.resume().on("end", () => response.end()));
  const { send } = testBroker(server.origin, policy && { policy });
  const results: string[] = [];
  for (const capabilities of Object.values(CLASSES))
    results.push(outcomeOf(await send(request, { capabilities })));
  expect(server.connections.length > 0).toBe(results.includes("200"));
  return results;
}

describe("what looks destructive", () => {
  it.each(["/logout", "/account/delete", "/cart/clear?id=1", "/x?do=removeAll", "/%64elete"])(
    "is not posted to %s by anybody",
    async (url) => {
      expect((await outcomes(post(url))).slice(1)).toEqual([expect.any(String), "destructive"]);
      expect(await outcomes(post(url))).not.toContain("200");
    },
  );

  it.each(["DELETE", "MOVE", "MKCOL", "LOCK", "PURGE", "PICKET"])("is not sent as %s", async (method) => {
    expect(await outcomes({ method, url: "/item/1" })).toEqual([
      "capability_missing",
      "capability_missing",
      "destructive",
    ]);
  });

  it.each<[string, Partial<HttpRequest>]>([
    ["a field", post("/item/1", "_method=delete&a=1")],
    ["the query", post("/item/1?_method=DELETE")],
    ["a header", { ...post("/item/1"), headers: [...FORM, ["x-http-method-override", "DELETE"]] }],
  ])("is not sent as POST with another method in %s", async (_, request) => {
    expect((await outcomes(request)).at(-1)).toBe("destructive");
  });

  it("is not probed, but visitors may follow a link to it, and to a logout where nobody is logged in", async () => {
    expect(await outcomes({ url: "/order/cancel?id=1" })).toEqual(["200", "destructive", "destructive"]);
    expect(await outcomes({ url: "/logout?next=/" })).toEqual(["200", "200", "200"]);
  });

  it("is not reached by a redirect that keeps the method", async () => {
    const paths: (string | undefined)[] = [];
    const server = await startServer((request, response) => {
      paths.push(request.url);
      request.resume().on("end", () => response.writeHead(307, { location: "/account/delete" }).end());
    });
    const { send } = testBroker(server.origin);
    expect(outcomeOf(await send({ ...post("/save"), maxRedirects: 5 }))).toBe("destructive");
    expect(paths).toEqual(["/save"]);
  });

  it("may be what the plugin has made itself: it takes away what a PUT created, and nothing else", async () => {
    const server = await startServer((request, response) => {
      response.statusCode = request.method === "PUT" && request.url === "/new" ? 201 : 200;
      request.resume().on("end", () => response.end());
    });
    const { send } = testBroker(server.origin);
    for (const url of ["/new", "/old"]) await send({ method: "PUT", url, body: "x" });
    const deleted = async (url: string) => outcomeOf(await send({ method: "DELETE", url }));
    expect([await deleted("/new"), await deleted("/old"), await deleted("/other")]).toEqual([
      "200",
      "destructive",
      "destructive",
    ]);
  });

  it("is sent by whom it is granted, where the target's policy permits it", async () => {
    const policy: RequestPolicy = { forms: "intrusive", destructive: true };
    expect((await outcomes(post("/logout"), policy)).at(-1)).toBe("200");
    expect((await outcomes({ method: "DELETE", url: "/item/1" }, policy)).at(-1)).toBe("200");
    expect(await outcomes({ url: "/order/cancel?id=1" }, policy)).toEqual(["200", "200", "200"]);
  });
});

describe("a form", () => {
  it.each<[RequestPolicy["forms"], string[]]>([
    ["never", ["capability_missing", "capability_missing", "form_submission"]],
    ["intrusive", ["capability_missing", "capability_missing", "200"]],
    ["safe_active", ["capability_missing", "200", "200"]],
  ])("with policy %s is for", async (forms, expected) => {
    expect(await outcomes(post("/search"), { forms, destructive: false })).toEqual(expected);
  });

  it("is not what a GraphQL query is taken for", async () => {
    const query = { ...post("/graphql", JSON.stringify({ query: "{ __typename }" })) };
    expect((await outcomes(query, { forms: "never", destructive: false })).slice(1)).toEqual(["200", "200"]);
  });
});

describe("the mark", () => {
  it("is on every request there is: redirects, logins, proofs, probes; and in every record", async () => {
    const seen: IncomingMessage[] = [];
    const server = await startServer((request, response) => {
      seen.push(request);
      const { url = "", headers } = request;
      if (url === "/robots.txt") return response.writeHead(302, { location: "/moved" }).end();
      if (url === "/login" && request.method === "POST")
        response.setHeader("set-cookie", "sid=abcdef0123456789");
      response.end(
        headers.cookie?.includes("sid=") || url !== "/me"
          ? '<form method="post"><input name="username"><input name="password" type="password"></form>Hello'
          : "Who?",
      );
    });
    const session = createAuthSession({
      id: "a",
      name: "ana",
      version: 1,
      origin: server.origin,
      destructiveWords: [],
      recipe: {
        kind: "form",
        loginUrl: "/login",
        username: "ana",
        usernameField: "username",
        passwordField: "password",
        extraFields: {},
      },
      secrets: { password: "tr0mbone-gentle-orbit" },
      probe: { url: "/me", status: 200, contains: "Hello" },
    });
    const mark = markHeader({ name: "x-security-scan", value: "team web {scan}" }, "0199");
    const { broker, send, records } = testBroker(server.origin, { session, requestHeaders: [mark] });
    const capabilities: Capability[] = ["http:intrusive", "auth:use", "tls:connect"];
    const context = { plugin: "test", capabilities, signal: new AbortController().signal };
    expect(await broker.startSession(context)).toBeNull();
    expect(outcomeOf(await send("/robots.txt", { capabilities }))).toBe("200");
    expect(outcomeOf(await send(post("/search"), { capabilities }))).toBe("200");
    await broker.endSession(context);
    expect(new Set(seen.map(({ url }) => url))).toEqual(
      new Set(["/me", "/login", "/robots.txt", "/moved", "/search"]),
    );
    expect(seen.every(({ headers }) => headers["x-security-scan"] === "team web 0199")).toBe(true);
    expect(records).toHaveLength(seen.length);
    for (const { requestHeaders } of records)
      expect(headerValues(requestHeaders, "x-security-scan")).toEqual(["team web 0199"]);
  });
});

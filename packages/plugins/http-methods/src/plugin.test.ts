import { describe, expect, it } from "@jest/globals";
import type { HttpRequest } from "@picket/core";
import { type TestFetch, type TestResponse, testPlugin } from "@picket/plugin-sdk/testing";
import { plugin } from "./plugin.ts";

const PAGE: TestFetch = { url: "/about", headers: { "content-type": "text/html" } };

function scan(respond: (request: HttpRequest) => TestResponse, fetches = [PAGE], settings = {}) {
  return testPlugin(plugin, { fetches, respond, settings });
}

/** A server that answers TRACE as RFC 9110 says. */
function echo({ url, headers }: HttpRequest): TestResponse {
  const fields = headers.map(([name, value]) => `${name}: ${value}\r\n`).join("");
  return {
    headers: { "content-type": "message/http" },
    body: `TRACE ${new URL(url).pathname} HTTP/1.1\r\n${fields}\r\n`,
  };
}

function options(own: string, elsewhere: string, headers: Record<string, string> = {}) {
  return ({ method, url }: HttpRequest): TestResponse => {
    if (method !== "OPTIONS") return { status: 405 };
    return { headers: { allow: url.endsWith("/about") ? own : elsewhere, ...headers } };
  };
}

const types = async (respond: (request: HttpRequest) => TestResponse) =>
  (await scan(respond)).of("finding").map(({ type }) => type);

describe("http-methods", () => {
  it("proves TRACE by two echoes and a GET without one", async () => {
    const { of } = await scan((request) => (request.method === "TRACE" ? echo(request) : { status: 404 }));
    expect(of("finding")).toMatchObject([{ type: "http-trace-enabled", rootCause: { level: "target" } }]);
    expect(of("evidence").map(({ kind }) => kind)).toEqual(["reflection", "reflection", "negative_control"]);
  });

  it.each<[string, (request: HttpRequest) => TestResponse]>([
    ["refuses TRACE", () => ({ status: 405 })],
    ["answers TRACE with a page", () => ({ headers: { "content-type": "text/html" }, body: "TRACE is off" })],
    ["echoes it in a page", (request) => ({ ...echo(request), headers: { "content-type": "text/html" } })],
    ["echoes every request", echo],
    ["echoes with an error", (request) => ({ ...echo(request), status: 400 })],
    ["does not answer", () => ({ ok: false, reason: "timed_out", detail: "" })],
    ["lists PUT for every path", options("GET, PUT", "GET, PUT")],
    ["lists what reads", options("GET, HEAD, POST", "GET")],
    ["refuses OPTIONS", () => ({ status: 405, headers: { allow: "GET, PUT" } })],
  ])("says nothing of a server that %s", async (_what, respond) => {
    expect(await types(respond)).toEqual([]);
  });

  it("reports methods that only an existing page lists, and WebDAV", async () => {
    expect(await types(options("GET, PUT, DELETE", "GET"))).toEqual(["write-methods-offered"]);
    const dav = options("GET, PROPFIND, PUT", "GET, PROPFIND, PUT", { dav: "1,2" });
    expect(await types(dav)).toContain("webdav-enabled");
  });

  it("asks little, writes nothing, and leaves the data of APIs alone", async () => {
    const api = { url: "/api/x", headers: { "content-type": "application/json" } };
    const { requests } = await scan(() => ({ status: 404 }), [PAGE, api], { maxRoutes: 5 });
    expect(requests.map(({ method, url }) => `${method} ${new URL(url).pathname}`).sort()).toEqual([
      "OPTIONS /",
      "OPTIONS /about",
      "TRACE /",
    ]);
  });
});

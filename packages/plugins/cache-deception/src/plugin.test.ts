import { describe, expect, it } from "@jest/globals";
import type { HttpRequest } from "@picket/core";
import { type TestResponse, testPlugin } from "@picket/plugin-sdk/testing";
import { plugin } from "./plugin.ts";

const PRIVATE = { "content-type": "text/html", "cache-control": "private, no-store" };
const PUBLIC = { "content-type": "text/html", "cache-control": "public, max-age=600" };
const ACCOUNT = "<h1>Account</h1><p>Hello Ana, you owe us nothing at all.</p>";
const LOGIN: TestResponse = { headers: PRIVATE, body: "<h1>Please log in first</h1>" };

/** What is at /account and below, by name; everything else is not there. */
function scan(
  below: (request: HttpRequest) => TestResponse,
  own: TestResponse = { headers: PRIVATE, body: ACCOUNT },
) {
  return testPlugin(plugin, {
    fetches: [{ url: "/account", headers: PRIVATE, body: ACCOUNT }],
    respond(request) {
      const { pathname } = new URL(request.url);
      if (pathname === "/account") return request.identity ? LOGIN : own;
      return pathname.startsWith("/account/") ? below(request) : { status: 404 };
    },
  });
}

const types = async (below: (request: HttpRequest) => TestResponse) =>
  (await scan(below)).of("finding").map(({ type, severity }) => `${type} ${severity}`);

describe("cache-deception", () => {
  it("proves that a cache kept the page: by the same names without a login, and another name", async () => {
    const kept = new Set<string>();
    const below = ({ url, identity }: HttpRequest): TestResponse => {
      if (identity && !kept.has(url)) return LOGIN;
      kept.add(url);
      return { headers: PUBLIC, body: ACCOUNT };
    };
    const { of } = await scan(below);
    expect(of("finding")).toMatchObject([
      { type: "web-cache-deception", severity: "high", instance: { method: "GET" } },
    ]);
    expect(of("evidence").filter(({ kind }) => kind === "negative_control")).toHaveLength(2);
  });

  it("says little of a page that caches may keep but that none did", async () => {
    const below = ({ identity }: HttpRequest) => (identity ? LOGIN : { headers: PUBLIC, body: ACCOUNT });
    expect(await types(below)).toEqual(["private-page-under-static-name low"]);
  });

  it("does not take a page for kept that everyone gets under any name", async () => {
    expect(await types(() => ({ headers: PUBLIC, body: ACCOUNT }))).toEqual([
      "private-page-under-static-name low",
    ]);
  });

  it.each<[string, (request: HttpRequest) => TestResponse]>([
    ["keeps it private there too", () => ({ headers: PRIVATE, body: ACCOUNT })],
    ["has another page there", () => ({ headers: PUBLIC, body: "<h1>Style guide</h1><p>Colours</p>" })],
    ["has nothing there", () => ({ status: 404, headers: PUBLIC, body: ACCOUNT })],
    ["does not answer", () => ({ ok: false, reason: "timed_out", detail: "" })],
  ])("says nothing of a server that %s", async (_what, below) => {
    expect(await types(below)).toEqual([]);
  });

  it("says nothing of a site that answers every path with the page, nor of a public page", async () => {
    const all = await testPlugin(plugin, {
      fetches: [{ url: "/account", headers: PRIVATE, body: ACCOUNT }],
      respond: ({ url }) => ({ headers: url.endsWith("/account") ? PRIVATE : PUBLIC, body: ACCOUNT }),
    });
    expect(all.of("finding")).toEqual([]);
    const open = await testPlugin(plugin, { fetches: [{ url: "/", headers: PUBLIC, body: ACCOUNT }] });
    expect(open.requests).toEqual([]);
  });
});

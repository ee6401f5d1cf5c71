import { describe, expect, it } from "@jest/globals";
import type { HttpRequest } from "@picket/core";
import { type TestFetch, type TestResponse, testPlugin } from "@picket/plugin-sdk/testing";
import { plugin } from "./plugin.ts";

const UPLOAD: TestFetch = { url: "/uploads/photo.png", headers: { "content-type": "image/png" } };

/** A server that stores what it is sent below a folder; `methodOf` says which method it takes a request for. */
function server(methodOf: (request: HttpRequest) => string, { deletes = true, folder = "/uploads/" } = {}) {
  const files = new Map<string, string>([["/uploads/photo.png", "a photo"]]);
  const respond = (request: HttpRequest): TestResponse => {
    const { pathname } = new URL(request.url);
    const method = methodOf(request);
    if (method === "GET") {
      const body = files.get(pathname);
      return body === undefined ? { status: 404, body: "Not here" } : { body };
    }
    if (method === "DELETE" && deletes) return files.delete(pathname) ? { status: 204 } : { status: 404 };
    if (method !== "PUT" || !pathname.startsWith(folder)) return { status: 405 };
    files.set(pathname, String(request.body));
    return { status: 201 };
  };
  return { files, respond };
}

const own = ({ method }: HttpRequest) => method;
const overriding = ({ method, headers }: HttpRequest) =>
  method === "POST" ? (headers.find(([name]) => name === "x-http-method-override")?.[1] ?? method) : method;

async function scan(respond: (request: HttpRequest) => TestResponse, options = {}) {
  return testPlugin(plugin, { fetches: [UPLOAD], respond, ...options });
}

describe("resource-methods", () => {
  it("stores a file of its own, reads it back twice and takes it away", async () => {
    const { files, respond } = server(own);
    const { of } = await scan(respond);
    expect(of("finding")).toMatchObject([
      { type: "file-write-by-put", instance: { method: "PUT", url: "http://app.test/uploads/" } },
    ]);
    expect(of("evidence").map(({ kind }) => kind)).toEqual([
      "content_proof",
      "content_proof",
      "negative_control",
    ]);
    expect(of("evidence")[0]?.details).toMatchObject({ way: "PUT", cleaned: "deleted" });
    expect([...files.keys()]).toEqual(["/uploads/photo.png"]);
  });

  it("leaves its file empty where the server does not delete it", async () => {
    const { files, respond } = server(own, { deletes: false });
    const { of } = await scan(respond);
    expect(of("evidence")[0]?.details).toMatchObject({ cleaned: "emptied" });
    expect([...files.values()]).toEqual(["a photo", ""]);
  });

  it("finds a method that only a header names", async () => {
    const { files, respond } = server((request) =>
      request.method === "PUT" ? "refused" : overriding(request),
    );
    const { of } = await scan(respond);
    expect(of("evidence")[0]?.details).toMatchObject({ way: "X-HTTP-Method-Override", cleaned: "deleted" });
    expect([...files.keys()]).toEqual(["/uploads/photo.png"]);
  });

  it.each<[string, (request: HttpRequest) => TestResponse]>([
    ["refuses", () => ({ status: 405 })],
    ["asks for a login", () => ({ status: 401 })],
    ["says yes and stores nothing", ({ method }) => (method === "GET" ? { status: 404 } : { status: 201 })],
    ["answers every request with its page", () => ({ body: "<h1>Shop</h1>" })],
    [
      "shows in every page what was sent last",
      (() => {
        let last = "";
        return ({ body }: HttpRequest) => {
          last = body === undefined ? last : String(body);
          return { body: last };
        };
      })(),
    ],
    [
      "stores it within a page",
      (() => {
        let last = "";
        return ({ body, url }: HttpRequest) => {
          last = body === undefined ? last : String(body);
          return url.endsWith(".txt") ? { body: `<p>${last}</p>` } : { status: 404 };
        };
      })(),
    ],
  ])("says nothing of a server that %s", async (_, respond) => {
    expect((await scan(respond)).of("finding")).toEqual([]);
  });

  it("asks twice for each folder, five at most, and nothing of who may not submit", async () => {
    const fetches = Array.from({ length: 9 }, (_, index) => ({ url: `/a${index}/page` }));
    const { requests } = await scan(() => ({ status: 405 }), { fetches });
    expect(requests).toHaveLength(10);
    expect(requests.every(({ identity }) => identity === "anonymous")).toBe(true);
    const none = await scan(() => ({ status: 405 }), { may: { submitForms: false, destroy: false } });
    expect(none.requests).toEqual([]);
  });
});

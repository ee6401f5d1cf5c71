import { describe, expect, it } from "@jest/globals";
import type { HttpRequest, Identity } from "@picket/core";
import { type TestFetch, type TestResponse, testPlugin } from "@picket/plugin-sdk/testing";
import { plugin } from "./plugin.ts";

type App = (path: string, who: Identity, request: URL) => TestResponse | null;

const NAMES: Record<Identity, string | null> = { primary: "ana", comparison: "ben", anonymous: null };
const HTML = { "content-type": "text/html; charset=utf-8" };
const LOGIN: TestResponse = { status: 302, headers: { location: "/login" } };
let tick = 0;

/** With a name in its head, a token that differs each time, and a way out. */
function page(who: Identity, body: string): TestResponse {
  tick += 1;
  const user = NAMES[who];
  const head = user === null ? '<a href="/login">Log in</a>' : `Hello ${user} <a href="/account">Account</a>`;
  return {
    headers: HTML,
    body: `<h1>Shop</h1>${head}<i>t${tick * 7919}</i>${body}<p>Imprint, terms, contact</p>`,
  };
}

const json = (value: unknown): TestResponse => ({
  headers: { "content-type": "application/json" },
  body: JSON.stringify(value),
});

/** Everybody's front page, each user's account and orders; what `app` does not answer is not there. */
function shop(app: App) {
  return ({ url, identity = "primary" }: HttpRequest): TestResponse => {
    const request = new URL(url);
    const own = app(request.pathname, identity, request);
    if (own) return own;
    if (request.pathname === "/") return page(identity, '<a href="/products">Products</a>');
    if (identity === "anonymous") return LOGIN;
    if (request.pathname === "/account")
      return page(identity, `Your address: ${NAMES[identity]}@mail.example`);
    if (request.pathname === "/orders") {
      const mine = identity === "primary" ? "41" : "52";
      return page(identity, `<a href="/orders/${mine}">Order ${mine}</a>`);
    }
    return { ...page(identity, "There is nothing here"), status: 404 };
  };
}

async function scan(app: App, paths: string[], options: { identities?: Identity[] } = {}) {
  const respond = shop(app);
  const all = ["/", "/account", "/orders", ...paths];
  const fetches = all.map((path): TestFetch => {
    const request = { url: `http://app.test${path}`, identity: "primary" } as HttpRequest;
    return { ...(respond(request) as TestFetch), url: path };
  });
  const result = await testPlugin(plugin, { fetches, respond, ...options });
  return { ...result, types: result.of("finding").map(({ type }) => type) };
}

const ORDER = "Order of 2 red tents, Lindenweg 4, Bern, paid by invoice, total 298";
const orderOf = (who: Identity, path: string, text = ORDER) =>
  path === "/orders/41" && who !== "anonymous" ? page(who, text) : null;

describe("object-of-another-user", () => {
  it("is a hint where another user is shown what nothing leads this user to", async () => {
    const { of, types, requests } = await scan((path, who) => orderOf(who, path), ["/orders/41"]);
    expect(types).toEqual(["object-of-another-user"]);
    expect(of("finding")).toMatchObject([{ instance: { url: "http://app.test/orders/41" } }]);
    expect(of("evidence").map(({ kind }) => kind)).toEqual([
      "pattern",
      "negative_control",
      "negative_control",
      "negative_control",
    ]);
    expect(requests.every(({ method }) => method === "GET")).toBe(true);
  });

  it("is shown by difference, twice, where the other user reads the owner's address", async () => {
    const text = `${ORDER}, receipt to ana@mail.example`;
    const { of } = await scan((path, who) => orderOf(who, path, text), ["/orders/41"]);
    expect(of("finding")).toHaveLength(1);
    const kinds = of("evidence").map(({ kind }) => kind);
    expect(kinds.filter((kind) => kind === "differential")).toHaveLength(2);
  });

  it("is found in data and in queries, too", async () => {
    const app: App = (path, who, { searchParams }) => {
      if (who === "anonymous" && path.startsWith("/api")) return { status: 401 };
      if (path === "/api/invoices") return json([{ id: who === "primary" ? 811 : 977 }]);
      if (path === "/api/invoices/811")
        return json({ id: 811, item: "Red tent", street: "Lindenweg", sum: 149 });
      const bill = page(who, '<a href="?x=1">Bill</a> for a blue stove, Gasse 9, Basel');
      return path === "/bill" && searchParams.get("id") === "66" && who !== "anonymous" ? bill : null;
    };
    const links = (path: string, who: Identity, request: URL) =>
      path === "/orders" && who === "primary"
        ? page(who, '<a href="/bill?id=66">Bill</a>')
        : app(path, who, request);
    const { of } = await scan(links, ["/api/invoices", "/api/invoices/811", "/bill?id=66"]);
    expect(of("finding").map(({ instance }) => [instance.url, instance.parameter?.name])).toEqual([
      ["http://app.test/api/invoices/811", undefined],
      ["http://app.test/bill?id=66", "id"],
    ]);
  });

  it.each<[string, App]>([
    ["is refused", (path, who) => (who === "primary" ? orderOf(who, path) : { status: 403, body: ORDER })],
    ["leads to the login", (path, who) => (who === "primary" ? orderOf(who, path) : LOGIN)],
    [
      "is refused politely",
      (path, who) => (who === "primary" ? orderOf(who, path) : page(who, "You may not see this order.")),
    ],
    [
      "shows each user the own",
      (path, who) =>
        path === "/orders/41" && who === "comparison"
          ? page(who, "One lamp, Weg 3, Chur")
          : orderOf(who, path),
    ],
    ["is public", (path, who) => (path === "/orders/41" ? page(who, ORDER) : null)],
    [
      "is led to for both",
      (path, who) => {
        const list = page(who, '<a href="/orders/41">Our offer</a> <a href="/orders/52">Another</a>');
        return path === "/orders" && who !== "anonymous" ? list : orderOf(who, path);
      },
    ],
    [
      "is the same for any id",
      (path, who) => (/^\/orders\/./.test(path) && who !== "anonymous" ? page(who, ORDER) : null),
    ],
    ["is too short to tell", (path, who) => orderOf(who, path, "Order 41 paid")],
    [
      "cannot be compared, as the session was lost",
      (path, who) =>
        who === "comparison" ? { ok: false, reason: "auth_lost", detail: "" } : orderOf(who, path),
    ],
    [
      "was led to by a page that does not answer",
      (path, who) =>
        path === "/orders" && who === "comparison"
          ? { ok: false, reason: "timed_out", detail: "" }
          : orderOf(who, path, `${ORDER} ana@mail.example`),
    ],
  ])("is not claimed where the page %s", async (_, app) => {
    expect((await scan(app, ["/orders/41"])).types).toEqual([]);
  });

  it("costs two requests where the page is public", async () => {
    const { requests } = await scan(
      (path, who) => (path === "/terms/3" ? page(who, ORDER) : null),
      ["/terms/3"],
    );
    expect(requests.filter(({ url }) => url.includes("/terms/"))).toHaveLength(2);
  });

  it("asks twice at most for each route that is not shown, and never what ends a session", async () => {
    const app: App = (path, who) => {
      if (path === "/logout") throw new Error("asked to log out");
      return /^\/[a-f]+\/\d$/.test(path) ? (who === "primary" ? page(who, ORDER) : { status: 403 }) : null;
    };
    const routes = ["/a/1", "/b/1", "/c/1", "/d/1", "/e/1"];
    const logout: TestFetch = { url: "/logout", headers: HTML, body: "Bye" };
    const respond = shop(app);
    const fetches = [...routes.map((url) => ({ url, headers: HTML, body: ORDER })), logout];
    const { requests } = await testPlugin(plugin, { fetches, respond });
    const own = requests.filter(({ url }) => new URL(url).pathname !== "/");
    expect(own.length).toBeLessThanOrEqual(2 * routes.length);
  });
});

describe("missing-authentication", () => {
  const users = json([
    { name: "ana", email: "ana@mail.example", role: "buyer" },
    { name: "ben", email: "ben@mail.example", role: "buyer" },
  ]);
  const open: App = (path) => (path === "/api/people" ? users : null);

  it.each<[string, Identity[]]>([
    ["two users", ["primary", "comparison", "anonymous"]],
    ["one user", ["primary", "anonymous"]],
  ])("is proven by the user's address, with %s", async (_, identities) => {
    const { of, types } = await scan(open, ["/api/people"], { identities });
    expect(types).toEqual(["missing-authentication"]);
    expect(of("evidence").filter(({ kind }) => kind === "content_proof")).toHaveLength(2);
  });

  it.each<[string, App]>([
    ["asks for a login", (path, who) => (path === "/api/people" && who !== "anonymous" ? users : null)],
    [
      "describes an API, with the user for an example",
      (path) =>
        path === "/api/people" ? json({ openapi: "3.0.1", info: { example: "ana@mail.example" } }) : null,
    ],
    [
      "is led to by a public page",
      (path, who) =>
        path === "/"
          ? page(who, '<a href="/api/people">Our team</a>')
          : open(path, who, new URL("http://app.test/")),
    ],
    [
      "says what every page says",
      (path, who) =>
        path === "/api/people" || (who === "anonymous" && path !== "/")
          ? page(who, "Write to ana@mail.example")
          : null,
    ],
  ])("is not claimed where the page %s", async (_, app) => {
    expect((await scan(app, ["/api/people"])).types).toEqual([]);
  });

  it("asks for nothing in a scan without a login", async () => {
    const { requests, types } = await scan(open, ["/api/people"], { identities: ["anonymous"] });
    expect([requests, types]).toEqual([[], []]);
  });
});

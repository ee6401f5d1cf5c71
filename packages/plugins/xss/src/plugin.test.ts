import { describe, expect, it } from "@jest/globals";
import type { HttpRequest } from "@picket/core";
import type { EndpointView } from "@picket/plugin-sdk";
import { type TestResponse, testPlugin } from "@picket/plugin-sdk/testing";
import { plugin } from "./plugin.ts";

const HTML = { "content-type": "text/html; charset=utf-8" };

function endpoint(method: string, url: string, ...form: string[]): EndpointView {
  const parameters = form.map((name) => ({ name, in: "form" as const }));
  const route = new URL(url).pathname;
  return { id: url, method, url, route, parameters, source: "link" } as EndpointView;
}

const SEARCH = endpoint("GET", "http://app.test/search?q=tent");

function queryOf({ url }: HttpRequest): string {
  return new URL(url).searchParams.get("q") ?? "";
}

function escaped(text: string): string {
  return text
    .replaceAll("&", "&amp;")
    .replaceAll("<", "&lt;")
    .replaceAll('"', "&quot;")
    .replaceAll("'", "&#39;");
}

/** What is asked for to see how a page that is not there is reported; no endpoint of these tests is so deep. */
const isAbsent = ({ url }: HttpRequest) => /^\/[bdfghjkmnqvwxz]{12}/.test(new URL(url).pathname);

async function scan(page: (value: string) => TestResponse, endpoints = [SEARCH]) {
  const result = await testPlugin(plugin, {
    endpoints,
    settings: { maxRevisits: 0 },
    respond: (request) => (isAbsent(request) ? { status: 404 } : page(queryOf(request))),
  });
  return { ...result, requests: result.requests.filter((request) => !isAbsent(request)) };
}

const html = (body: string, headers = {}): TestResponse => ({ body, headers: { ...HTML, ...headers } });

describe("xss, reflected", () => {
  it("is proven by what runs, twice, with the plain word as control, in three requests", async () => {
    const result = await scan((value) => html(`<p>You asked for ${value}</p>`));
    expect(result.of("finding")).toMatchObject([
      {
        type: "xss-reflected",
        rootCause: { level: "parameter" },
        instance: { method: "GET", parameter: { name: "q", in: "query" } },
      },
    ]);
    expect(result.of("evidence").map(({ kind, controlHeld }) => [kind, controlHeld])).toEqual([
      ["reflection", undefined],
      ["reflection", undefined],
      ["negative_control", true],
    ]);
    expect(result.requests).toHaveLength(3);
  });

  it("is found on the page that says that a path is not there, and not where that encodes", async () => {
    const absent = (write: (path: string) => string) =>
      testPlugin(plugin, {
        respond: ({ url }) => ({
          ...html(`<p>No ${write(decodeURIComponent(new URL(url).pathname))} here</p>`),
          status: 404,
        }),
      });
    const result = await absent((path) => path);
    expect(result.of("finding")).toMatchObject([
      { instance: { parameter: { name: "/{file}", in: "path" } } },
    ]);
    expect((await absent(escaped)).of("finding")).toEqual([]);
  });

  it("is none in what comes with a redirect, which nobody sees", async () => {
    const page = (value: string) => html(`<a href="${escaped(value)}">moved</a>`, { location: value });
    expect((await scan((value) => ({ ...page(value), status: 302 }))).of("finding")).toEqual([]);
    expect((await scan((value) => ({ ...page(value), status: 200 }))).of("finding")).toHaveLength(1);
  });

  it("closes what is open where it ends a string of which only the quotes are escaped", async () => {
    const write = (value: string) => value.replaceAll('"', '\\"').replaceAll("</", "<\\/");
    const result = await scan((value) => html(`<script>start({theme:"${write(value)}"})</script>`));
    expect(result.of("finding")).toHaveLength(1);
  });

  it("is markup alone under a policy that stops it, and not under one that does not", async () => {
    const under = async (policy: string) => {
      const result = await scan((value) => html(`<p>${value}</p>`, { "content-security-policy": policy }));
      return result.of("finding").map(({ type, severity }) => [type, severity]);
    };
    expect(await under("default-src 'self'")).toEqual([["html-injection", "low"]]);
    expect(await under("default-src 'self' 'unsafe-inline'")).toEqual([["xss-reflected", "high"]]);
  });

  it("keeps what applications check values for", async () => {
    const only = (pattern: RegExp, write: (value: string) => string) => (value: string) =>
      html(pattern.test(value) ? `<p>${write(value)}</p>` : "<p>no such thing</p>");
    const checked = [
      [/^\d/, "http://app.test/item?q=7"],
      [/^\w+@\w+\.org/, "http://app.test/mail?q=ann@example.org"],
    ] as const;
    for (const [pattern, url] of checked) {
      const found = await scan(
        only(pattern, (value) => value),
        [endpoint("GET", url)],
      );
      expect(found.of("finding")).toHaveLength(1);
      const safe = await scan(only(pattern, escaped), [endpoint("GET", url)]);
      expect(safe.of("finding")).toEqual([]);
    }
  });

  it("is found in headers and cookies, as less than what a link reaches", async () => {
    const shop = endpoint("GET", "http://app.test/shop");
    const settings = { maxRevisits: 0 };
    const fetches = [{ url: "http://app.test/shop", headers: { ...HTML, "set-cookie": "theme=dark" } }];
    const page = (write: (value: string) => string) =>
      testPlugin(plugin, {
        ...{ endpoints: [shop], fetches, settings },
        respond: ({ headers = [] }) =>
          html(
            headers.map(([name, value]) => `<p>${name}: ${write(decodeURIComponent(value))}</p>`).join(""),
          ),
      });
    const found = (await page((value) => value)).of("finding");
    expect(found.map(({ severity, instance }) => [instance.parameter?.name, severity]).sort()).toEqual([
      ["referer", "low"],
      ["theme", "medium"],
      ["user-agent", "low"],
      ["x-forwarded-for", "low"],
    ]);
    expect((await page(escaped)).of("finding")).toEqual([]);
    const ofHeaders = (await page(() => "")).requests.filter(({ headers }) =>
      headers.some(([name]) => name === "referer"),
    );
    expect(ofHeaders).toHaveLength(1);
  });

  it("gets past a filter that knows one element, and one that drops the word script", async () => {
    const filters: ((value: string) => string)[] = [
      (value) => value.replaceAll("<svg", ""),
      (value) => value.replaceAll(/<script>/gi, ""),
      (value) => value.replace(/<(.*)s(.*)c(.*)r(.*)i(.*)p(.*)t/i, ""),
      (value) => value.replace(/<[a-z/][^>]*>/i, ""),
      (value) => value.replaceAll(/<[^>]*>/g, ""),
      (value) => value.replaceAll(/\bon\w+\s*=|<\/?script[^>]*>/gi, ""),
      (value) => decodeURIComponent(escaped(value)),
      (value) => value.replace("<", "&lt;").replace(">", "&gt;"),
      (value) => value.replaceAll("/", ""),
      (value) => value.replaceAll("=", ""),
      (value) => (/onload|onerror|script/i.test(value) ? "blocked" : value),
      (value) => value.replaceAll(/[()]/g, ""),
    ];
    for (const filter of filters) {
      const result = await scan((value) => html(`<p>${filter(value)}</p>`));
      expect(result.of("finding")).toHaveLength(1);
    }
  });

  it("is found behind the name of a script that links go on behind, and not where that encodes", async () => {
    const crumbs = (write: (path: string) => string) =>
      testPlugin(plugin, {
        endpoints: [endpoint("GET", "http://app.test/shop/index.php/home/garden")],
        settings: { maxRevisits: 0 },
        respond: ({ url }) => html(`<p>${write(decodeURIComponent(new URL(url).pathname))}</p>`),
      });
    const names = (await crumbs((path) => path))
      .of("finding")
      .map(({ instance }) => instance.parameter?.name);
    expect(names).toContain("/shop/index.php/{rest}");
    expect((await crumbs(escaped)).of("finding")).toEqual([]);
  });

  it("is found behind the name of a script whose form leads to itself", async () => {
    const form = {
      ...endpoint("POST", "http://app.test/order.php", "item"),
      foundAt: "http://app.test/order.php",
    };
    const respond = ({ url, method }: HttpRequest) =>
      html(
        method === "POST" || !url.includes("order.php")
          ? "Thanks"
          : `<form action="${decodeURIComponent(new URL(url).pathname)}">`,
      );
    const settings = { maxRevisits: 0 };
    const result = await testPlugin(plugin, { endpoints: [form], settings, respond });
    expect(result.of("finding")).toMatchObject([
      { instance: { method: "GET", parameter: { name: "/order.php/{rest}", in: "path" } } },
    ]);
    const [{ instance } = { instance: undefined }] = result.of("finding");
    const focus = instance ? [{ ...instance, parameter: instance.parameter ?? null }] : [];
    const again = await testPlugin(plugin, { endpoints: [form], settings, respond, focus });
    expect(again.of("finding")).toHaveLength(1);
  });

  it.each<[string, number, (value: string) => TestResponse]>([
    ["a value that does not come back", 1, () => html("<p>Nothing</p>")],
    ["encoded text", 3, (value) => html(`<p>${escaped(value)}</p>`)],
    ["an encoded attribute", 3, (value) => html(`<input value="${escaped(value)}">`)],
    [
      "JSON",
      1,
      (value) => ({ body: JSON.stringify({ value }), headers: { "content-type": "application/json" } }),
    ],
    ["plain text", 1, (value) => ({ body: value, headers: { "content-type": "text/plain" } })],
    [
      "no type and nosniff",
      1,
      (value) => ({ body: `<p>${value}`, headers: { "x-content-type-options": "nosniff" } }),
    ],
    ["a download", 1, (value) => html(value, { "content-disposition": "attachment" })],
    ["a text area that encodes", 2, (value) => html(`<textarea>${escaped(value)}</textarea>`)],
    [
      "a text area whose end tag is dropped",
      2,
      (value) => html(`<textarea>${value.replaceAll("</", "")}</textarea>`),
    ],
    ["a comment that is encoded", 2, (value) => html(`<!-- ${escaped(value)} -->`)],
    [
      "JSON in a script with < escaped",
      4,
      (value) => html(`<script>var q = ${JSON.stringify(value).replaceAll("<", "\\u003c")};</script>`),
    ],
    ["a value that is cut to letters", 3, (value) => html(`<p>${value.replaceAll(/\W/g, "")}</p>`)],
    [
      "a link whose scheme is checked",
      4,
      (value) => html(`<a href="${/^https?:/.test(value) ? escaped(value) : `/${escaped(value)}`}">a</a>`),
    ],
    [
      "a firewall",
      3,
      (value) =>
        /[<>]/.test(value) ? { ...html(`Blocked ${escaped(value)}`), status: 403 } : html(`<p>${value}</p>`),
    ],
  ])("is not claimed for %s", async (_, requests, page) => {
    const result = await scan(page);
    expect(result.of("finding")).toEqual([]);
    expect(result.requests.length).toBeLessThanOrEqual(requests);
  });
});

/** A guest book that keeps what it is sent, and shows it on a page of its own. */
function guestBook(write: (entry: string) => string) {
  const entries: string[] = [];
  return (request: HttpRequest): TestResponse => {
    if (request.method === "POST") {
      entries.push(new URLSearchParams(String(request.body)).get("message") ?? "");
      return { status: 303, headers: { location: "/thanks" } };
    }
    return html(`<ul>${entries.map((entry) => `<li>${write(entry)}</li>`).join("")}</ul>`);
  };
}

describe("xss, stored", () => {
  const sign = endpoint("POST", "http://app.test/sign", "message");
  const known = { url: "http://app.test/entries", headers: HTML, body: "<ul></ul>" };
  const run = (write: (entry: string) => string) =>
    testPlugin(plugin, { endpoints: [sign], fetches: [known], respond: guestBook(write) });

  it("is found where it shows, and reported where it was sent", async () => {
    const result = await run((entry) => entry);
    expect(result.of("finding")).toMatchObject([
      { type: "xss-stored", instance: { url: "http://app.test/sign", parameter: { name: "message" } } },
    ]);
    expect(result.of("evidence")[0]?.details).toMatchObject({ runs: "handler" });
  });

  it("is not claimed for entries that are encoded", async () => {
    const result = await run(escaped);
    expect(result.of("finding")).toEqual([]);
  });

  it("is found in one field of a form that changes a record, all fields at once", async () => {
    const profile = endpoint("POST", "http://app.test/profile", "about", "nick", "city");
    const run = async (write: (about: string) => string) => {
      let stored = new URLSearchParams();
      const respond = ({ method, body }: HttpRequest): TestResponse => {
        if (method === "POST") stored = new URLSearchParams(String(body));
        const shown = html(`<p>${write(stored.get("about") ?? "")}</p>${escaped(stored.get("nick") ?? "")}`);
        return method === "POST" ? { status: 302, headers: { location: "/me" } } : shown;
      };
      const fetches = [{ url: "http://app.test/me", headers: HTML }];
      const result = await testPlugin(plugin, { endpoints: [profile], fetches, respond });
      return result.of("finding").map(({ type, instance }) => `${type} ${instance.parameter?.name}`);
    };
    expect(await run((about) => about)).toEqual(["xss-stored about"]);
    expect(await run(escaped)).toEqual([]);
  });
});

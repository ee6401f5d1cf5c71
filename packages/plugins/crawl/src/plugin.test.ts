import { describe, expect, it } from "@jest/globals";
import { testPlugin } from "@picket/plugin-sdk/testing";
import { plugin } from "./plugin.ts";

const HTML = { "content-type": "text/html" };

/** A target whose pages are given by path; everything else is 404. */
function site(pages: Record<string, { body?: string; status?: number; headers?: Record<string, string> }>) {
  return ({ url }: { url: string }) => {
    const { pathname, search } = new URL(url);
    const page = pages[pathname + search];
    return page ? { headers: HTML, ...page } : { status: 404, headers: HTML, body: "" };
  };
}

async function crawl(pages: Parameters<typeof site>[0], settings = {}, baseUrl = "http://shop.test/") {
  const result = await testPlugin(plugin, {
    baseUrl,
    settings: { checkUsualPlaces: false, ...settings },
    capabilities: ["http:passive", "auth:use"],
    identities: ["anonymous"],
    respond: site(pages),
  });
  const endpoints = result.of("endpoint").map(({ source, method, url }) => `${source} ${method} ${url}`);
  return { ...result, endpoints, requested: result.requests.map(({ url }) => new URL(url).pathname) };
}

describe("crawl", () => {
  it("follows links, redirects, robots.txt and the sitemap, each page once", async () => {
    const { endpoints, requested } = await crawl({
      "/": {
        body: '<a href="/">self</a><a href="/go">go</a><a href="/logout">bye</a><a href="http://b.test/">',
      },
      "/go": { status: 302, headers: { location: "/gone-to" } },
      "/gone-to": { body: '<form action="/send" method="post"><input name="m"></form>' },
      "/robots.txt": {
        headers: { "content-type": "text/plain" },
        body: "Disallow: /staff\nSitemap: /map.xml",
      },
      "/map.xml": {
        headers: { "content-type": "application/xml" },
        body: "<urlset><url><loc>http://shop.test/hidden</loc></url></urlset>",
      },
    });
    expect(endpoints).toEqual([
      "seed GET http://shop.test/",
      "link GET http://shop.test/go",
      "link GET http://shop.test/logout",
      "robots GET http://shop.test/staff",
      "sitemap GET http://shop.test/hidden",
      "redirect GET http://shop.test/gone-to",
      "form POST http://shop.test/send",
    ]);
    expect(requested).toEqual([
      "/",
      "/robots.txt",
      "/sitemap.xml",
      "/map.xml",
      "/go",
      "/hidden",
      "/staff",
      "/gone-to",
    ]);
  });

  it("follows sitemap indexes on the target only", async () => {
    const xml = { "content-type": "application/xml" };
    const { requested, requests } = await crawl({
      "/": { body: "" },
      "/sitemap.xml": {
        headers: xml,
        body: `<sitemapindex><sitemap><loc>http://shop.test/2.xml</loc></sitemap>
          <sitemap><loc>http://shop.test.evil.test/3.xml</loc></sitemap></sitemapindex>`,
      },
      "/2.xml": { headers: xml, body: "<urlset><url><loc>http://shop.test/deep</loc></url></urlset>" },
    });
    expect(requested).toContain("/deep");
    expect(requests.every(({ url }) => url.startsWith("http://shop.test/"))).toBe(true);
  });

  it.each([
    [
      "reads every chapter where pages that they lead to take parameters of their own",
      (n: number) => `own${n}`,
      6,
    ],
    ["reads as many as of any template where they lead to one program", () => "same", 4],
  ])("%s", async (_what, parameter, chapters) => {
    const numbers = [1, 2, 3, 4, 5, 6];
    const page = (n: number) => `<a href="/chapter-0${n}/act?${parameter(n)}=1">try it</a>`;
    const { requested } = await crawl(
      {
        "/": { body: numbers.map((n) => `<a href="/chapter-0${n}/">chapter</a>`).join("") },
        ...Object.fromEntries(numbers.map((n) => [`/chapter-0${n}/`, { body: `<a href="start">in</a>` }])),
        ...Object.fromEntries(numbers.map((n) => [`/chapter-0${n}/start`, { body: page(n) }])),
      },
      { maxPagesPerRoute: 1 },
    );
    expect(requested.filter((path) => path.endsWith("/") && path !== "/")).toHaveLength(chapters);
  });

  it("takes a page for no robots.txt and no sitemap", async () => {
    const { endpoints } = await testPlugin(plugin, {
      identities: ["anonymous"],
      settings: { checkUsualPlaces: false },
      baseUrl: "http://spa.test/",
      respond: () => ({
        headers: HTML,
        body: "Disallow: /x <urlset><url><loc>http://spa.test/y</loc></url></urlset>",
      }),
    }).then(({ of }) => ({ endpoints: of("endpoint") }));
    expect(endpoints).toHaveLength(1);
  });

  it("stops at the page cap and says so", async () => {
    const links = Array.from({ length: 20 }, (_, index) => `<a href="/${String.fromCharCode(97 + index)}">`);
    const { requests, logs } = await crawl({ "/": { body: links.join("") } }, { maxPages: 5 });
    expect(requests).toHaveLength(5 + 2);
    expect(logs).toContainEqual({
      level: "warn",
      message: "page cap reached",
      fields: { maxPages: 5, left: 16 },
    });
  });

  it("goes on at the origin that the base URL redirects to", async () => {
    const { of } = await testPlugin(plugin, {
      identities: ["anonymous"],
      settings: { checkUsualPlaces: false },
      baseUrl: "http://shop.test/",
      respond: ({ url }) =>
        url === "http://shop.test/"
          ? {
              url: "https://shop.test/",
              headers: HTML,
              body: '<a href="/in"><a href="http://shop.test/old">',
            }
          : { status: 404 },
    });
    expect(of("endpoint").map(({ url }) => url)).toEqual([
      "http://shop.test/",
      "https://shop.test/",
      "https://shop.test/in",
      "http://shop.test/old",
    ]);
  });

  it("stays in the base URL's directory", async () => {
    const { endpoints, requested } = await crawl(
      { "/app/": { body: '<a href="in"><a href="/out"><a href="../up"><a href="/application">' } },
      {},
      "http://shop.test/app/",
    );
    expect(endpoints).toEqual(["seed GET http://shop.test/app/", "link GET http://shop.test/app/in"]);
    expect(requested).toEqual(["/app/", "/app/in"]);
  });

  it("fails when the base URL gives no response", async () => {
    const refused = testPlugin(plugin, {
      identities: ["anonymous"],
      respond: () => ({ ok: false, reason: "connect_error", detail: "connection refused" }),
    });
    await expect(refused).rejects.toThrow("no response from the base URL http://app.test/: connect_error");
  });

  it("goes on when a later page gives no response", async () => {
    const { requests } = await testPlugin(plugin, {
      identities: ["anonymous"],
      settings: { checkUsualPlaces: false },
      respond: ({ url }) =>
        url.endsWith(".test/")
          ? { headers: HTML, body: '<a href="/a"><a href="/b">' }
          : { ok: false, reason: "timed_out", detail: "15 s" },
    });
    expect(requests.map(({ url }) => new URL(url).pathname)).toEqual([
      "/",
      "/robots.txt",
      "/sitemap.xml",
      "/a",
      "/b",
    ]);
  });

  it("asks for places that earlier scans knew, after what links lead to, and reports those that are there", async () => {
    const known = ["/linked", "/orphan", "/dead", "/logout"].map((path, index) => ({
      id: String(index),
      method: "GET",
      url: `http://shop.test${path}`,
    }));
    const form = { id: "form", method: "POST", url: "http://shop.test/form" };
    const { of, requests } = await testPlugin(plugin, {
      identities: ["anonymous"],
      settings: { checkUsualPlaces: false },
      baseUrl: "http://shop.test/",
      known: [...known, form, { id: "far", method: "GET", url: "http://other.test/" }],
      respond: site({
        "/": { body: '<a href="/linked">' },
        "/linked": {},
        "/orphan": { body: '<a href="/below">' },
        "/below": {},
      }),
    });
    const paths = requests.map(({ url }) => new URL(url).pathname);
    expect(paths).toEqual(["/", "/robots.txt", "/sitemap.xml", "/linked", "/dead", "/orphan", "/below"]);
    expect(of("endpoint").map(({ source, url }) => `${source} ${new URL(url).pathname}`)).toEqual([
      "seed /",
      "link /linked",
      "seed /orphan",
      "link /below",
    ]);
  });

  it("leaves known places out when links use up the page cap", async () => {
    const { requests } = await testPlugin(plugin, {
      identities: ["anonymous"],
      baseUrl: "http://shop.test/",
      settings: { maxPages: 2, checkUsualPlaces: false },
      known: [{ id: "1", method: "GET", url: "http://shop.test/a-known-page" }],
      respond: site({ "/": { body: '<a href="/linked">' }, "/linked": {} }),
    });
    expect(requests.some(({ url }) => url.endsWith("/a-known-page"))).toBe(false);
  });
});

describe("crawl, forms", () => {
  const SIGN =
    '<form action="/sign" method="post"><input name="email" type="email"><button>Send</button></form>';

  /** Pages by method and path; what was sent by POST. */
  async function send(
    pages: Record<string, string | { location: string }>,
    more: Partial<Parameters<typeof testPlugin>[1]> = {},
  ) {
    const result = await testPlugin(plugin, {
      baseUrl: "http://shop.test/",
      identities: ["anonymous"],
      settings: { checkUsualPlaces: false },
      ...more,
      respond: ({ method, url }) => {
        const page = pages[`${method} ${new URL(url).pathname}`];
        if (page === undefined) return { status: 404, headers: HTML };
        if (typeof page === "string")
          return { headers: { ...HTML, "set-cookie": "visit=v1; Path=/" }, body: page };
        return { status: 303, headers: { ...page, "set-cookie": "visit=v2; Path=/" } };
      },
    });
    const sent = result.requests
      .filter(({ method }) => method === "POST")
      .map(({ url, body }) => `${new URL(url).pathname} ${body}`);
    const endpoints = result.of("endpoint").map(({ method, url }) => `${method} ${new URL(url).pathname}`);
    return { ...result, sent, endpoints };
  }

  it("are filled in and sent, and what their answers lead to is read, as the same visitor", async () => {
    const step = '<form action="/last" method="post"><select name="size"><option>M</option></select></form>';
    const { sent, endpoints, requests, of } = await send({
      "GET /": SIGN,
      "POST /sign": { location: "/thanks" },
      "GET /thanks": `${step}<a href="/behind">more</a>`,
      "POST /last": '<a href="/result">result</a>',
      "GET /behind": "",
      "GET /result": "",
    });
    expect(sent).toEqual(["/sign email=picket%40example.com", "/last size=M"]);
    expect(endpoints).toEqual(expect.arrayContaining(["POST /last", "GET /behind", "GET /result"]));
    const thanks = requests.find(({ url }) => url.endsWith("/thanks"));
    expect(thanks?.headers).toEqual([["cookie", "visit=v2"]]);
    expect(of("endpoint").find(({ url }) => url.endsWith("/thanks"))?.foundAt).toBe("http://shop.test/sign");
  });

  it("are asked for again just before where they have tokens", async () => {
    const token =
      '<form action="/sign" method="post"><input type="hidden" name="csrf" value="t1"><input name="q"></form>';
    const { sent, requests } = await send({
      "GET /": "<a href=/in>in</a>",
      "GET /in": token,
      "POST /sign": "",
    });
    expect(sent).toEqual(["/sign csrf=t1&q=picket"]);
    expect(requests.slice(-2).map(({ method, url, turn }) => [method, new URL(url).pathname, turn])).toEqual([
      ["GET", "/in", "begin"],
      ["POST", "/sign", "end"],
    ]);
  });

  it.each([
    ["without http:intrusive", SIGN, { capabilities: ["http:passive", "http:active"] as const }],
    ["where the target's policy lets none be sent", SIGN, { may: { submitForms: false } }],
    ["with a password", SIGN.replace("<button", '<input type="password" name="p"><button'), {}],
    ["with a file", SIGN.replace("<button", '<input type="file" name="f"><button'), {}],
    ["to another origin", SIGN.replace("/sign", "http://other.test/sign"), {}],
    ["whose address says that it deletes", SIGN.replace("/sign", "/users/delete"), {}],
    ["whose button says that it deletes", SIGN.replace("Send", "Delete <b>all</b>"), {}],
    [
      "whose button has only a value that says so",
      '<form method=post><input type=submit value="Cancel order"></form>',
      {},
    ],
    [
      "that ask before they remove",
      SIGN.replace("<form", `<form onsubmit="return confirm('Remove this?')"`),
      {},
    ],
    [
      "that choose to delete",
      SIGN.replace("<button", '<input type="hidden" name="action" value="delete"><button'),
      {},
    ],
    [
      "that stand for another method",
      SIGN.replace("<button", '<input type="hidden" name="_method" value="DELETE"><button'),
      {},
    ],
  ])("are not sent %s", async (_, body, more) => {
    expect((await send({ "GET /": body }, more)).sent).toEqual([]);
  });

  it("are sent once of each template, and end where each leads to another one", async () => {
    const endless = (number: number) =>
      `<form action="/quiz/${number}" method="post"><input name="a${number}"></form>`;
    const pages = Object.fromEntries(
      Array.from({ length: 40 }, (_, number) => [`POST /quiz/${number}`, endless(number + 1)]),
    );
    const products = [1, 2, 3].map(
      (id) => `<form action="/cart/${id}" method="post"><input name="n" value="${id}"></form>`,
    );
    const { sent, logs } = await send({ "GET /": endless(0) + products.join(""), ...pages });
    expect(sent.filter((one) => one.startsWith("/cart"))).toHaveLength(1);
    expect(sent.filter((one) => one.startsWith("/quiz"))).toHaveLength(10);
    expect(logs).toContainEqual(expect.objectContaining({ level: "warn", message: "form cap reached" }));
  });
});

describe("crawl, logged in", () => {
  it("sees what strangers are shown as one of them, once, and sends none of their forms", async () => {
    const strangers: Record<string, string> = {
      "/login":
        '<form action="/login" method="post"><input name="user"><input type="password" name="pw"></form>' +
        '<a href="/forgot">forgot</a><a href="/home">home</a>',
      "/forgot": '<form action="/forgot" method="post"><input name="email"></form>',
    };
    const { requests, of } = await testPlugin(plugin, {
      baseUrl: "http://shop.test/",
      settings: { checkUsualPlaces: false },
      respond: ({ url, identity }) => {
        const { pathname } = new URL(url);
        const page =
          identity === "anonymous"
            ? strangers[pathname]
            : { "/": '<a href="/home">', "/home": "hi" }[pathname];
        if (page !== undefined) return { headers: HTML, body: page };
        return identity === "anonymous" && pathname === "/"
          ? { status: 302, headers: { location: "/login" } }
          : { status: 404, headers: HTML };
      },
    });
    const asked = requests.filter(({ identity }) => identity === "anonymous");
    expect(asked.map(({ method, url }) => `${method} ${new URL(url).pathname}`)).toEqual([
      "GET /",
      "GET /login",
      "GET /forgot",
    ]);
    const endpoints = of("endpoint").map(({ method, url }) => `${method} ${new URL(url).pathname}`);
    expect(endpoints).toEqual(expect.arrayContaining(["POST /login", "POST /forgot", "GET /forgot"]));
    expect(requests.filter(({ method }) => method === "POST")).toEqual([]);
  });
});

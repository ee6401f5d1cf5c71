import { describe, expect, it } from "@jest/globals";
import type { EndpointView } from "@picket/plugin-sdk";
import { type TestResponse, testPlugin } from "@picket/plugin-sdk/testing";
import { plugin } from "./plugin.ts";

const HTML = { "content-type": "text/html" };

function endpoint(path: string, names: string[] = []): EndpointView {
  const parameters = names.map((name) => ({ name, in: "query" as const }));
  return {
    id: path,
    method: "GET",
    url: `http://shop.test${path}`,
    route: "",
    parameters,
    source: "link",
  } as EndpointView;
}

function scan(
  answer: (to: string) => TestResponse,
  endpoints = [endpoint("/go?next=%2Fhome")],
  settings = {},
) {
  return testPlugin(plugin, {
    baseUrl: "http://shop.test/",
    endpoints,
    settings,
    respond: ({ url }) => answer([...new URL(url).searchParams.values()].at(-1) ?? ""),
  });
}

const redirect = (location: string): TestResponse => ({ status: 302, headers: { location } });
const page = (body: string): TestResponse => ({ headers: HTML, body });
const home = redirect("/");

/** Redirects to what `isTrusted` lets through, home otherwise. */
const filtered = (isTrusted: (to: string) => boolean) => (to: string) =>
  isTrusted(to) ? redirect(to) : home;

describe("open-redirect", () => {
  it.each<[string, (to: string) => TestResponse]>([
    ["by Location", redirect],
    ["by Refresh", (to) => ({ headers: { refresh: `0; url=${to}` } })],
    [
      "by a meta element",
      (to) => page(`<meta http-equiv="refresh" content="0;url='${to.replaceAll("'", "")}'">`),
    ],
    ["by a script", (to) => page(`<script>\n  location.replace("${to}");\n</script>`)],
    [
      "by a script that escapes slashes",
      (to) => page(`<script>location='${to.replaceAll("/", "\\/")}'</script>`),
    ],
    ["past a test for one slash", filtered((to) => to.startsWith("/"))],
    ["past a test for two slashes", filtered((to) => to.startsWith("/") && !to.startsWith("//"))],
    [
      "past a test for the own name at the start",
      filtered((to) => /^(?:\/(?![/\\\t])|https:\/\/shop\.test)/.test(to)),
    ],
    ["past a test for the own name anywhere", filtered((to) => /^\/(?![/\\\t])|shop\.test\//.test(to))],
  ])("finds one %s", async (_what, answer) => {
    const { of } = await scan(answer);
    expect(of("finding")).toMatchObject([
      {
        type: "open-redirect",
        instance: { url: "http://shop.test/go?next=%2Fhome", parameter: { name: "next" } },
      },
    ]);
    expect(of("evidence").map(({ kind }) => kind)).toEqual(["reflection", "reflection", "negative_control"]);
  });

  it.each<[string, (to: string) => TestResponse]>([
    ["compares origins", filtered((to) => URL.parse(to, "http://shop.test")?.host === "shop.test")],
    ["prefixes its own origin", (to) => redirect(`http://shop.test/${to}`)],
    ["carries the value in a query", (to) => redirect(`/login?next=${encodeURIComponent(to)}`)],
    ["names it in a link", (to) => page(`<a href="${to}">Leave</a>`)],
    ["names it in a script's variable", (to) => page(`<script>var next = "${to}";</script>`)],
    ["comments it out", (to) => page(`<script>// location = "${to}"\n</script>`)],
    ["writes about it", (to) => page(`<pre>&lt;script&gt;location = "${to}"&lt;/script&gt;</pre>`)],
    ["sends the address with status 200", (to) => ({ headers: { location: to } })],
    ["does not answer", () => ({ ok: false, reason: "timed_out", detail: "" })],
  ])("finds none in a page that %s", async (_what, answer) => {
    expect((await scan(answer)).of("finding")).toEqual([]);
  });

  const LISTED = "https://partner.example/terms";
  const listed = [endpoint(`/go?next=${encodeURIComponent(LISTED)}`)];

  it("finds one past a list of addresses that asks whether one of them is in the value", async () => {
    const { of } = await scan((to) => (to.includes(LISTED) ? redirect(to) : { status: 406 }), listed);
    expect(of("finding")).toMatchObject([{ type: "open-redirect" }]);
  });

  it("finds one past a list of how addresses begin", async () => {
    const isListed = (to: string) => to.startsWith("https://partner.example");
    const { of } = await scan((to) => (isListed(to) ? redirect(to) : { status: 406 }), listed);
    expect(of("finding")).toMatchObject([{ type: "open-redirect" }]);
  });

  it("finds none where the list is of how addresses begin, with the slash after their host", async () => {
    const isListed = (to: string) => to.startsWith("https://partner.example/");
    const { of } = await scan((to) => (isListed(to) ? redirect(to) : { status: 406 }), listed);
    expect(of("finding")).toEqual([]);
  });

  it("finds none where the list is of whole addresses", async () => {
    const { of } = await scan((to) => (to === LISTED ? redirect(to) : { status: 406 }), listed);
    expect(of("finding")).toEqual([]);
  });

  it("says nothing when it worked once only", async () => {
    let count = 0;
    const { of } = await scan((to) => {
      count += 1;
      return count === 1 ? redirect(to) : home;
    });
    expect(of("finding")).toEqual([]);
  });

  it("asks twice of each parameter that is named so or holds an address, others not, once for each route", async () => {
    const endpoints = [
      endpoint("/a?return_to=1"),
      endpoint("/b?x=https%3A%2F%2Fa.test%2F"),
      endpoint("/c?q=tent"),
      endpoint("/item/1?next=%2F"),
      endpoint("/item/2?next=%2F"),
      endpoint("/d", ["redirectUrl"]),
    ];
    const { requests } = await scan(() => ({ status: 404 }), endpoints);
    const asked = requests.map(({ url }) => new URL(url).pathname);
    expect(new Set(asked)).toEqual(new Set(["/a", "/b", "/item/1", "/d"]));
    // Two more where a foreign address was seen: the list that it may be on is tried.
    expect(asked).toHaveLength(10);
  });

  it("stops at the cap and says so", async () => {
    const { requests, logs } = await scan(() => home, [endpoint("/a?next=1"), endpoint("/b?next=1")], {
      maxParameters: 1,
    });
    expect(requests).toHaveLength(2);
    expect(logs).toMatchObject([{ level: "warn", fields: { left: 1 } }]);
  });
});

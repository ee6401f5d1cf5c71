import { describe, expect, it } from "@jest/globals";
import { type TestFetch, testPlugin } from "@picket/plugin-sdk/testing";
import { plugin } from "./plugin.ts";

const HTML = "text/html; charset=utf-8";
const BODY = "<!doctype html><title>x</title>";

const SAFE: Record<string, string> = {
  "content-type": HTML,
  "strict-transport-security": "max-age=63072000; includeSubDomains",
  "content-security-policy": "default-src 'self'; frame-ancestors 'self'",
  "x-content-type-options": "nosniff",
  "referrer-policy": "strict-origin-when-cross-origin",
};

const page = (change: Partial<TestFetch> = {}): TestFetch => ({
  url: "/",
  headers: SAFE,
  body: BODY,
  ...change,
});

function without(...names: string[]): Record<string, string> {
  return Object.fromEntries(Object.entries(SAFE).filter(([name]) => !names.includes(name)));
}

async function findings(fetches: TestFetch[], baseUrl = "https://app.test/") {
  return (await testPlugin(plugin, { baseUrl, fetches })).of("finding");
}

async function types(fetches: TestFetch[], baseUrl?: string): Promise<string[]> {
  const all = await findings(fetches, baseUrl);
  const causes = all.filter(({ type }) => type !== "observatory-grade");
  return causes.map(({ type, rootCause }) => rootCause.key || type).sort();
}

describe("security-headers", () => {
  it("is silent on a page with every header, and asks the target for nothing", async () => {
    const { events, requests, logs } = await testPlugin(plugin, {
      baseUrl: "https://app.test/",
      fetches: [page()],
    });
    expect({ events, requests, logs }).toEqual({ events: [], requests: [], logs: [] });
  });

  it("names every header that a bare page lacks, with proof", async () => {
    const bare = page({ headers: { "content-type": HTML, server: "x" } });
    const result = await testPlugin(plugin, { baseUrl: "https://app.test/", fetches: [bare] });
    expect(new Set(result.of("finding").map(({ type, severity }) => `${type} ${severity}`))).toEqual(
      new Set([
        "missing-csp medium",
        "missing-content-type-options low",
        "missing-frame-protection medium",
        "missing-hsts medium",
        "missing-referrer-policy info",
        "observatory-grade info",
      ]),
    );
    expect(result.of("evidence")[0]).toMatchObject({
      kind: "observation",
      snippet: "status 200, headers: content-type, server",
      fetchId: "00000000-0000-7000-8000-000000000001",
    });
  });

  it.each<[string, Record<string, string>, string[]]>([
    ["max-age=600", { "strict-transport-security": "max-age=600" }, ["weak-hsts"]],
    ["max-age=0", { "strict-transport-security": "max-age=0; includeSubDomains" }, ["weak-hsts"]],
    ["HSTS without max-age", { "strict-transport-security": "includeSubDomains" }, ["weak-hsts"]],
    ["a quoted max-age", { "strict-transport-security": 'max-age="31536000"' }, []],
    [
      "inline scripts",
      { "content-security-policy": "default-src 'self' 'unsafe-inline'; frame-ancestors 'self'" },
      ["inline-scripts"],
    ],
    ["unsafe-url", { "referrer-policy": "unsafe-url" }, ["weak-referrer-policy"]],
    ["a fallback before the policy that counts", { "referrer-policy": "unsafe-url, no-referrer" }, []],
    ["an unknown policy after it", { "referrer-policy": "no-referrer, later" }, []],
    ["a misspelt nosniff", { "x-content-type-options": "no-sniff" }, ["missing-content-type-options"]],
    ["NOSNIFF", { "x-content-type-options": "NOSNIFF" }, []],
  ])("judges %s", async (_what, change, expected) => {
    expect(await types([page({ headers: { ...SAFE, ...change } })])).toEqual(expected);
  });

  it.each<[string, Record<string, string>, string[]]>([
    ["DENY", { "x-frame-options": "DENY" }, []],
    ["sameorigin twice", { "x-frame-options": "sameorigin, SAMEORIGIN" }, []],
    ["ALLOW-FROM", { "x-frame-options": "ALLOW-FROM https://a.test" }, ["missing-frame-protection"]],
    [
      "DENY beside frame-ancestors *",
      { "x-frame-options": "DENY", "content-security-policy": "default-src 'self'; frame-ancestors *" },
      ["missing-frame-protection"],
    ],
  ])("judges framing by X-Frame-Options %s", async (_what, change, expected) => {
    const headers = { ...SAFE, "content-security-policy": "default-src 'self'", ...change };
    expect(await types([page({ headers })])).toEqual(expected);
  });

  it("grades the front page, once and with its reasons, where it is below A", async () => {
    const bare = page({ headers: { "content-type": HTML } });
    const fetches = [bare, page({ url: "/about", headers: { "content-type": HTML } })];
    const result = await testPlugin(plugin, { baseUrl: "https://app.test/", fetches });
    const grades = result.of("finding").filter(({ type }) => type === "observatory-grade");
    expect(grades.map(({ instance }) => instance.url)).toEqual(["https://app.test/"]);
    const evidence = result.of("evidence").find(({ ref }) => ref === grades[0]?.evidence[0]);
    expect(evidence?.details).toEqual({ score: 30, grade: "D" });
    expect(evidence?.snippet).toContain("-25 Content-Security-Policy: none");
  });

  it("takes policies that the document states, save frame-ancestors", async () => {
    const body = `<meta http-equiv="Content-Security-Policy" content="default-src 'self'; frame-ancestors 'none'">
      <meta name="referrer" content="no-referrer">`;
    const headers = without("content-security-policy", "referrer-policy");
    expect(await types([page({ headers, body })])).toEqual(["missing-frame-protection"]);
  });

  it("claims no missing policy when the body was not kept, and says so", async () => {
    const headers = without("content-security-policy", "referrer-policy");
    const result = await testPlugin(plugin, {
      baseUrl: "https://app.test/",
      fetches: [page({ headers, body: "" })],
    });
    expect(result.of("finding").map(({ type }) => type)).toEqual(["missing-frame-protection"]);
    expect(result.logs).toMatchObject([{ level: "warn", fields: { withoutBody: 1 } }]);
  });

  it.each<[string, Partial<TestFetch>]>([
    ["a JSON error", { status: 404, headers: { "content-type": "application/json" }, body: "{}" }],
    ["an HTML error", { status: 500, headers: { "content-type": HTML } }],
    ["a redirect", { status: 302, headers: { "content-type": HTML, location: "/" } }],
    ["an answer to OPTIONS", { method: "OPTIONS", headers: {} }],
    ["no content", { status: 204, headers: {} }],
  ])("asks nothing of %s over HTTP", async (_what, change) => {
    expect(await types([page(change)], "http://app.test/")).toEqual([]);
  });

  it("asks data for its type option only", async () => {
    const data = page({ headers: { "content-type": "application/json" }, body: "{}" });
    expect(await types([data], "http://app.test/")).toEqual(["missing-content-type-options"]);
  });

  it("asks for HSTS on redirects, but over plain HTTP and for addresses never", async () => {
    const redirect = page({ status: 301, headers: { location: "/x" } });
    expect(await types([redirect], "https://app.test/")).toEqual(["missing-hsts"]);
    expect(await types([redirect], "http://app.test/")).toEqual([]);
    expect(await types([redirect], "https://192.0.2.1/")).toEqual([]);
    expect(await types([redirect], "https://[2001:db8::1]/")).toEqual([]);
  });

  it.each<[string, Partial<TestFetch>]>([
    ["a redirect", { status: 301, headers: { location: "/x" } }],
    ["a script", { headers: { "content-type": "text/javascript", "x-content-type-options": "nosniff" } }],
    ["an error", { status: 404, headers: { "content-type": HTML } }],
  ])("does not ask %s for the HSTS that the host's pages state", async (_what, change) => {
    const beside = page({ url: "/other", ...change });
    expect(await types([beside])).toEqual(["missing-hsts"]);
    expect(await types([beside, page()])).toEqual([]);
    expect(await types([page(), beside])).toEqual([]);
  });

  it("asks each page for HSTS, and a 304 or a gateway's error never", async () => {
    const bare = page({ url: "/b", headers: without("strict-transport-security") });
    expect(await types([page(), bare])).toEqual(["missing-hsts"]);
    const silent = [304, 502].map((status) => page({ status, headers: {}, body: "" }));
    expect(await types(silent)).toEqual([]);
  });

  it("reports one instance for each route, the same whatever the order", async () => {
    const headers = without("x-content-type-options");
    const pages = ["/product/2", "/product/1", "/about"].map((url) => page({ url, headers }));
    const urls = async (fetches: TestFetch[]) =>
      (await findings(fetches)).map(({ instance }) => instance.url);
    expect((await urls(pages)).sort()).toEqual(["https://app.test/about", "https://app.test/product/1"]);
    expect(await urls(pages.toReversed())).toEqual(await urls(pages));
  });
});

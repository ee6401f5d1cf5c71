import { describe, expect, it } from "@jest/globals";
import type { HttpRequest } from "@picket/core";
import type { EndpointView } from "@picket/plugin-sdk";
import { type TestResponse, testPlugin } from "@picket/plugin-sdk/testing";
import { plugin } from "./plugin.ts";

function endpoint(url: string, method = "GET"): EndpointView {
  const parameters = method === "POST" ? [{ name: "name", in: "form" }] : [];
  const { pathname: route } = new URL(url);
  return { id: "1", method, url, route, parameters, source: "link" } as unknown as EndpointView;
}

const nameIn = ({ url, body }: HttpRequest) =>
  (body === undefined ? new URL(url).searchParams : new URLSearchParams(String(body))).get("name") ?? "";

async function scan(page: (name: string) => TestResponse, method = "GET") {
  const url = method === "GET" ? "http://app.test/find?name=ann" : "http://app.test/find";
  return testPlugin(plugin, {
    endpoints: [endpoint(url, method)],
    respond: (request) => page(nameIn(request)),
  });
}

/** As libraries say of a filter that is broken. */
const ERRORS: readonly [string, string][] = [
  ["PHP", "<b>Warning</b>: ldap_search(): Search: Bad search filter in <b>/var/www/find.php</b> on line 12"],
  [
    "Java",
    "javax.naming.directory.InvalidSearchFilterException: Unbalanced parenthesis; remaining name 'o=depot'",
  ],
  ["Java", "com.sun.jndi.ldap.Filter.encodeSimpleFilter: invalid filter"],
  [".NET", "System.ArgumentException: The (&amp;(uid=x)(|(kq) search filter is invalid."],
  ["Python", "ldap.FILTER_ERROR: {'result': -7, 'desc': 'Bad search filter'}"],
  ["Python", "ldap3.core.exceptions.LDAPInvalidFilterError: malformed filter"],
  ["Node", "Error: unbalanced parens"],
  ["Go", "LDAP Result Code 201 &quot;Filter Compile Error&quot;: ldap: unexpected end of filter"],
  ["Ruby", "Net::LDAP::FilterSyntaxInvalidError: Invalid filter syntax."],
];

const FOUND: TestResponse = { body: "Ann Weber, room 12, telephone 4711" };
const NOTHING: TestResponse = { body: "Nobody" };

/** The value with its escapes undone, or null where a filter could not be read. */
function unescaped(value: string): string | null {
  if (/[()]/.test(value) || /\\(?![0-9a-f]{2})/i.test(value)) return null;
  return value.replace(/\\([0-9a-f]{2})/gi, (_, hex: string) =>
    String.fromCharCode(Number.parseInt(hex, 16)),
  );
}

describe("ldap-injection, by message", () => {
  it.each(ERRORS)("knows what %s says, in five requests", async (reader, body) => {
    const result = await scan((name) => (/[()]/.test(name) ? { status: 500, body } : FOUND));
    expect(result.of("finding")).toMatchObject([
      { type: "ldap-injection", instance: { parameter: { name: "name", in: "query" } } },
    ]);
    expect(result.of("evidence")[0]).toMatchObject({
      kind: "pattern",
      details: { technique: "error", reader },
    });
    expect(result.requests).toHaveLength(5);
  });

  it("is found in a cookie that the target set, and not where it is only kept", async () => {
    const settings = { url: "http://app.test/find", headers: { "set-cookie": "name=ann; Path=/" } };
    const page = (reads: (cookie: string) => string) =>
      testPlugin(plugin, {
        endpoints: [],
        fetches: [settings],
        respond: ({ headers = [] }) => {
          const cookie = headers.find(([name]) => name === "cookie")?.[1] ?? "";
          return /[()]/.test(reads(decodeURIComponent(cookie))) ? { status: 500, body: MESSAGE } : FOUND;
        },
      });
    const found = (await page((cookie) => cookie)).of("finding");
    expect(found).toMatchObject([{ instance: { parameter: { name: "name", in: "cookie" } } }]);
    expect((await page(() => "")).of("finding")).toEqual([]);
  });

  const MESSAGE = ERRORS[0]?.[1] ?? "";
  it.each<[string, (name: string) => TestResponse]>([
    ["a manual of them", () => ({ body: MESSAGE })],
    ["a message for every value it does not know", (name) => ({ body: name === "ann" ? "Ann" : MESSAGE })],
    ["a firewall's refusal", (name) => (/[()]/.test(name) ? { status: 403, body: MESSAGE } : FOUND)],
    ["an SQL error", (name) => ({ body: /[()]/.test(name) ? 'near "(": syntax error' : "Ann" })],
  ])("is not claimed for %s", async (_, page) => {
    expect((await scan(page)).of("finding")).toEqual([]);
  });
});

describe("ldap-injection, by condition", () => {
  it("is proven by an escaped letter where errors are hidden", async () => {
    const result = await scan((name) => (unescaped(name)?.toLowerCase() === "ann" ? FOUND : NOTHING));
    expect(result.of("evidence")[0]?.details).toMatchObject({ context: "an escaped letter of the value" });
    expect(result.of("evidence").filter(({ kind }) => kind === "differential")).toHaveLength(7);
  });

  it.each<[string, (name: string) => boolean]>([
    ["a filter beside it", (name) => /^ann\)\(!\(objectClass=p\d+\)$/.test(name)],
  ])("is proven by %s", async (_, isTrue) => {
    const result = await scan((name) => (name === "ann" || isTrue(name) ? FOUND : NOTHING));
    expect(result.of("evidence")[0]?.details).toMatchObject({ context: "all of several filters" });
  });

  it("is proven where the value selects nothing, by any value", async () => {
    const isTrue = (name: string) => name === "*" || /^\*\)\(!\(objectClass=p\d+\)$/.test(name);
    const result = await scan((name) => (isTrue(name) ? FOUND : NOTHING), "POST");
    expect(result.of("evidence")[0]?.details).toMatchObject({
      context: expect.stringContaining("any value"),
    });
  });

  it.each<[string, number, (name: string) => TestResponse]>([
    ["a value that nothing reads", 3, () => FOUND],
    ["a value that is looked up", 6, (name) => (name === "ann" ? FOUND : NOTHING)],
    ["a search with wildcards", 6, (name) => (/^(?:ann|\*)$/.test(name) ? FOUND : NOTHING)],
    ["backslashes that are dropped", 6, (name) => (name.replaceAll("\\", "") === "ann" ? FOUND : NOTHING)],
    ["a refusal of brackets", 6, (name) => (/[()\\]/.test(name) ? { status: 403 } : FOUND)],
  ])("is not claimed for %s", async (_, requests, page) => {
    const result = await scan(page);
    expect(result.of("finding")).toEqual([]);
    expect(result.requests.length).toBeLessThanOrEqual(requests);
  });

  it("is not claimed for a search that takes an asterisk for everything", async () => {
    const result = await scan((name) => (name.startsWith("*") ? FOUND : NOTHING), "POST");
    expect(result.of("finding")).toEqual([]);
  });
});

import { describe, expect, it } from "@jest/globals";
import { parseWebUrl } from "@picket/core";
import { type TestFetch, testPlugin } from "@picket/plugin-sdk/testing";
import { testOrigins } from "./origins.ts";
import { plugin } from "./plugin.ts";

const JSON_TYPE = { "content-type": "application/json" };
const API: TestFetch = { url: "/api/me", headers: JSON_TYPE };

type Policy = (origin: string) => Record<string, string>;

const allow = (origin: string, credentials = false): Record<string, string> => ({
  "access-control-allow-origin": origin,
  ...(credentials ? { "access-control-allow-credentials": "true" } : {}),
});

/** Scans a target whose answers carry what `policy` says for the request's origin. */
function scan(policy: Policy, fetches: TestFetch[] = [API], settings = {}) {
  return testPlugin(plugin, {
    baseUrl: "https://shop.test/",
    fetches,
    settings,
    respond: ({ headers }) => {
      const origin = headers.find(([name]) => name === "origin")?.[1] ?? "";
      return { headers: { ...JSON_TYPE, ...policy(origin) } };
    },
  });
}

async function types(policy: Policy): Promise<string[]> {
  return (await scan(policy)).of("finding").map(({ type, severity }) => `${type} ${severity}`);
}

const TRUSTED = "https://app.shop.test";

describe("cors", () => {
  it.each<[string, Policy, string[]]>([
    [
      "echoes every origin with credentials",
      (origin) => allow(origin, true),
      ["cors-arbitrary-origin-with-credentials high"],
    ],
    ["echoes every origin", (origin) => allow(origin), ["cors-arbitrary-origin low"]],
    [
      "is WordPress, where a cookie counts only with a nonce",
      (origin) => ({
        "access-control-allow-headers":
          "Authorization, X-WP-Nonce, Content-Disposition, Content-MD5, Content-Type",
        ...allow(origin, true),
      }),
      ["cors-arbitrary-origin low"],
    ],
    [
      "allows null with credentials",
      (origin) => (origin === "null" ? allow(origin, true) : {}),
      ["cors-null-origin-with-credentials high"],
    ],
    ["allows null", () => allow("null"), ["cors-null-origin low"]],
    [
      "compares the start",
      (origin) => (origin.startsWith("https://shop.test") ? allow(origin, true) : {}),
      ["cors-origin-match-bypass-with-credentials high"],
    ],
    [
      "compares the end",
      (origin) => (origin.endsWith("shop.test") ? allow(origin) : {}),
      ["cors-origin-match-bypass low"],
    ],
    ["sends * with credentials", () => allow("*", true), ["cors-wildcard-with-credentials low"]],
    ["sends *", () => allow("*"), []],
    ["allows one other origin", () => allow(TRUSTED, true), []],
    ["compares whole origins", (origin) => (origin === TRUSTED ? allow(origin, true) : {}), []],
    [
      "allows subdomains",
      (origin) => (/^https:\/\/[^/]+\.shop\.test$/.test(origin) ? allow(origin, true) : {}),
      [],
    ],
    ["has no CORS", () => ({}), []],
    [
      "writes credentials in another case",
      (origin) => ({ ...allow(origin), "access-control-allow-credentials": "TRUE" }),
      ["cors-arbitrary-origin low"],
    ],
  ])("judges a target that %s", async (_what, policy, expected) => {
    expect(await types(policy)).toEqual(expected);
  });

  it("takes an origin that is echoed once only for a coincidence", async () => {
    let answers = 0;
    const { of, requests } = await scan((origin) => {
      answers += 1;
      return answers === 1 ? allow(origin, true) : {};
    });
    expect(of("finding")).toEqual([]);
    expect(requests).toHaveLength(2);
  });

  it("proves with two origins, and a partial match with one that is refused", async () => {
    const echoed = await scan((origin) => allow(origin, true));
    expect(echoed.of("evidence").map(({ kind }) => kind)).toEqual([
      "observation",
      "observation",
      "negative_control",
    ]);
    expect(new Set(echoed.of("evidence").map(({ fetchId }) => fetchId)).size).toBe(3);
    const partial = await scan((origin) => (origin === "null" ? allow(origin) : {}));
    expect(partial.of("evidence")).toMatchObject([
      { kind: "observation" },
      { kind: "negative_control", controlHeld: true, snippet: expect.stringContaining("no access-control") },
    ]);
  });

  it("asks only what the scan has asked for before, once for each route, APIs first", async () => {
    const fetches: TestFetch[] = [
      { url: "/product/2", headers: { "content-type": "text/html" } },
      { url: "/product/1", headers: { "content-type": "text/html" } },
      { url: "/app.js", headers: { "content-type": "text/javascript" } },
      { url: "/login", method: "POST", headers: JSON_TYPE },
      { url: "/old", status: 302 },
      API,
    ];
    const asked = async (list: TestFetch[]) =>
      (await scan((origin) => allow(origin), list)).requests.map(({ url }) => new URL(url).pathname);
    expect(await asked(fetches)).toEqual(expect.arrayContaining(["/api/me", "/product/1"]));
    expect(new Set(await asked(fetches))).toEqual(new Set(["/api/me", "/product/1"]));
    expect((await asked(fetches))[0]).toBe("/api/me");
    expect((await asked(fetches.toReversed())).toSorted()).toEqual((await asked(fetches)).toSorted());
  });

  it("asks in a focused scan the places given and nothing else", async () => {
    const { requests, of } = await testPlugin(plugin, {
      fetches: [API],
      focus: [
        { method: "GET", url: "http://app.test/there", parameter: null },
        { method: "POST", url: "http://app.test/form", parameter: null },
      ],
      respond: () => ({ headers: allow("null") }),
    });
    expect(of("finding")).toHaveLength(1);
    expect(new Set(requests.map(({ url }) => url))).toEqual(new Set(["http://app.test/there"]));
  });

  it("asks a page without signs of CORS once only", async () => {
    const { requests } = await scan(() => ({}), [{ url: "/", headers: { "content-type": "text/html" } }]);
    expect(requests).toHaveLength(1);
  });

  it("stops at the route cap and says so", async () => {
    const fetches = ["/api/a", "/api/b", "/api/c"].map((url) => ({ ...API, url }));
    const { requests, logs } = await scan((origin) => allow(origin), fetches, { maxRoutes: 1 });
    expect(requests).toHaveLength(3);
    expect(logs).toMatchObject([{ level: "warn", fields: { maxRoutes: 1, left: 2 } }]);
  });

  it("reports nothing when the target does not answer", async () => {
    const { events } = await testPlugin(plugin, {
      fetches: [API],
      respond: () => ({ ok: false, reason: "timed_out", detail: "15 s" }),
    });
    expect(events).toEqual([]);
  });
});

describe("testOrigins", () => {
  const of = (base: string) => testOrigins(parseWebUrl(base), "019aa000-0000-7000-8000-0123456789ab");

  it("builds lookalikes of a name and of an address", () => {
    expect(of("http://shop.test:8080/").lookalikes).toEqual([
      "http://shop.test.p0123456789ab.example",
      "http://p0123456789abshop.test:8080",
    ]);
    expect(of("http://192.0.2.1/").lookalikes).toEqual(["http://192.0.2.1.p0123456789ab.example"]);
    expect(of("http://[::1]/").lookalikes).toEqual([]);
  });

  it("uses origins that the target has nothing to do with", () => {
    const { foreign, second } = of("http://shop.test/");
    expect([foreign, second].some((origin) => origin.includes("shop"))).toBe(false);
  });
});

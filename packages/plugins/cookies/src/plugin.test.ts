import { describe, expect, it } from "@jest/globals";
import { type TestFetch, testPlugin } from "@picket/plugin-sdk/testing";
import { stableName } from "./cookie-name.ts";
import { plugin } from "./plugin.ts";

const SAFE = "; Path=/; Secure; HttpOnly; SameSite=Lax";

const page = (url: string, ...cookies: string[]): TestFetch => ({
  url,
  headers: cookies.map((cookie): [string, string] => ["set-cookie", cookie]),
});

async function judge(cookie: string, baseUrl = "https://app.shop.test/"): Promise<string[]> {
  const { of } = await testPlugin(plugin, { baseUrl, fetches: [page("/", cookie)] });
  return of("finding")
    .map(({ type, severity }) => `${type.replace("cookie-", "")} ${severity}`)
    .sort();
}

describe("cookies", () => {
  it.each<[string, string[]]>([
    [`sid=x${SAFE}`, []],
    [`__Host-sid=x${SAFE}`, []],
    [`__Secure-sid=x${SAFE}; Domain=app.shop.test`, []],
    ["sid=x; HttpOnly; SameSite=Strict", ["missing-secure medium"]],
    ["theme=x; SameSite=Lax", ["missing-secure low"]],
    ["sid=x; Secure; SameSite=Lax", ["missing-httponly medium"]],
    ["theme=x; Secure; SameSite=Lax", []],
    ["session_count=x; Secure; SameSite=Lax", []],
    ["__Host-sid=x; Path=/; Domain=shop.test", ["prefix-violation low"]],
    ["csrf_token=x; Secure; SameSite=Lax", []],
    ["sid=x; Secure; HttpOnly", ["missing-samesite low"]],
    ["theme=x; Secure; SameSite=often", ["missing-samesite info"]],
    ["theme=x; Secure; SameSite=None", []],
    ["__Host-a=x; Path=/; SameSite=Lax", ["prefix-violation low"]],
    ["__Host-a=x; Path=/shop; Secure; SameSite=Lax", ["prefix-violation low"]],
    ["__host-a=x; Path=/; Secure; SameSite=Lax; Domain=shop.test", ["prefix-violation low"]],
    ["__Secure-a=x; SameSite=Lax", ["prefix-violation low"]],
    [`sid=x${SAFE}; Domain=.shop.test`, ["wide-domain low"]],
    [`theme=x${SAFE}; Domain=shop.test`, []],
    [`sid=x${SAFE}; Domain=app.shop.test`, []],
    [`sid=x${SAFE}; Domain=op.test`, []],
    ["sid=; Max-Age=0", []],
    ["sid=deleted; Expires=Thu, 01 Jan 1970 00:00:00 GMT", []],
    ["=nameless", []],
    ["nothing", []],
  ])("judges %s", async (cookie, expected) => {
    expect(await judge(cookie)).toEqual(expected);
  });

  it("asks for Secure over plain HTTP of session cookies only, and not as much", async () => {
    expect(await judge("PHPSESSID=x; HttpOnly; SameSite=Lax", "http://app.test/")).toEqual([
      "missing-secure low",
    ]);
    expect(await judge("theme=x; SameSite=Lax", "http://app.test/")).toEqual([]);
  });

  it("makes one finding for each cookie, however many responses set it", async () => {
    const fetches = [page("/b", "theme=1; Secure", `sid=1${SAFE}`), page("/a", "theme=2; Secure")];
    const dedupe = async (list: TestFetch[]) =>
      (await testPlugin(plugin, { baseUrl: "https://a.test/", fetches: list })).of("finding");
    const findings = await dedupe(fetches);
    expect(findings.map(({ rootCause }) => rootCause)).toEqual([
      { level: "target", key: "theme" },
      { level: "target", key: "theme" },
    ]);
    expect((await dedupe(fetches.toReversed())).map(({ instance }) => instance)).toEqual(
      findings.map(({ instance }) => instance),
    );
  });

  it("shows the attributes and never the value", async () => {
    const { of, requests } = await testPlugin(plugin, {
      fetches: [page("/", "sid=secret; Path=/;HttpOnly")],
    });
    expect(of("evidence")[0]).toMatchObject({
      snippet: "Set-Cookie: sid=…; Path=/; HttpOnly",
      location: { part: "cookie", name: "sid" },
    });
    expect(JSON.stringify(of("finding"))).not.toContain("secret");
    expect(requests).toEqual([]);
  });
});

describe("stableName", () => {
  it.each([
    ["sid", "sid"],
    ["wordpress_logged_in_0123456789abcdef0123456789abcdef", "wordpress_logged_in_{id}"],
    ["ASPSESSIONIDQQRTSTBD", "ASPSESSIONID{id}"],
    ["cart_8d2c1a64-1f0e-4b57-9c1f-3a5d7e9b2c4d", "cart_{id}"],
    ["pref20261", "pref{id}"],
    ["v2", "v2"],
  ])("%s → %s", (name, expected) => expect(stableName(name)).toBe(expected));
});

import { describe, expect, it } from "@jest/globals";
import { type TestFetch, testPlugin } from "@picket/plugin-sdk/testing";
import { plugin } from "./plugin.ts";

const mark = (traits: string) => `[redacted:jwt:ab12cd~jwt~${traits}]`;

async function found(fetch: Partial<TestFetch>): Promise<string[]> {
  const result = await testPlugin(plugin, { fetches: [{ url: "/x", ...fetch }] });
  expect(result.requests).toEqual([]);
  return result
    .of("finding")
    .map(({ type, severity }) => `${type} ${severity}`)
    .sort();
}

const json = (traits: string): Partial<TestFetch> => ({
  headers: { "content-type": "application/json" },
  body: `{"access_token":"${mark(traits)}"}`,
});
const html = (body: string): Partial<TestFetch> => ({ headers: { "content-type": "text/html" }, body });

describe("jwt", () => {
  it.each<[string, string[]]>([
    ["alg.none~unsigned", ["jwt-unsigned high"]],
    ["alg.hs256~unsigned", ["jwt-unsigned high"]],
    ["alg.hs256~no-exp~random.120", ["jwt-no-expiry low"]],
    ["alg.rs256~days.365", ["jwt-long-life low"]],
    ["alg.rs256~days.30", []],
    ["alg.rs256~days.0", []],
    ["alg.hs256~days.0~private-claims", ["jwt-private-claims medium"]],
    ["alg.hs256~days.0~weak-key", ["jwt-weak-key high"]],
    ["alg.hs256~no-exp~example", []],
    ["alg.hs256~example~weak-key", []],
  ])("judges a token that is %s", async (traits, expected) => {
    expect(await found(json(traits))).toEqual(expected);
  });

  it("looks into cookies, redirects and scripts", async () => {
    const cookie = `session=[redacted:cookie:ab12cd~jwt~alg.hs256~no-exp]; HttpOnly`;
    expect(await found({ headers: { "set-cookie": cookie } })).toEqual(["jwt-no-expiry low"]);
    const location = `/app#token=[redacted:token:ab12cd~jwt~alg.none]`;
    expect(await found({ status: 302, headers: { location } })).toEqual(["jwt-unsigned high"]);
    expect(await found(html(`<script>var t="${mark("alg.none")}"</script>`))).toEqual(["jwt-unsigned high"]);
  });

  it("leaves tokens alone that an article shows", async () => {
    expect(await found(html(`<h1>Tokens</h1><pre><code>${mark("alg.none~no-exp")}</code></pre>`))).toEqual(
      [],
    );
  });

  it("takes no other secret for one", async () => {
    expect(await found({ ...json(""), body: '{"token":"[redacted:token:ab12cd~random.40]"}' })).toEqual([]);
  });
});

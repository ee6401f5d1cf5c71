import { describe, expect, it } from "@jest/globals";
import { testPlugin } from "@picket/plugin-sdk/testing";
import { cachePolicy } from "./cache-policy.ts";
import { plugin } from "./plugin.ts";

async function found(headers: Record<string, string>, status = 200): Promise<string[]> {
  const fetches = [
    { url: "/", status, headers: { "content-type": "text/html", ...headers }, body: "<p>Hi</p>" },
  ];
  const result = await testPlugin(plugin, { fetches });
  expect(result.requests).toEqual([]);
  return result.of("finding").map(({ type, severity }) => `${type} ${severity}`);
}

const SESSION = { "set-cookie": "PHPSESSID=[redacted:cookie:ab12cd]; Path=/; HttpOnly" };

describe("caching", () => {
  it.each<[string, Record<string, string>, string[]]>([
    ["public", { ...SESSION, "cache-control": "public, max-age=600" }, ["cacheable-session-cookie medium"]],
    ["s-maxage", { ...SESSION, "cache-control": "s-maxage=60" }, ["cacheable-session-cookie medium"]],
    ["a lifetime", { ...SESSION, "cache-control": "max-age=60" }, ["cacheable-session-cookie low"]],
    ["nothing", SESSION, []],
    ["private", { ...SESSION, "cache-control": "private, max-age=60" }, []],
    ["no-store", { ...SESSION, "cache-control": "no-store, public" }, []],
    ["Vary: Cookie", { ...SESSION, "cache-control": "public, max-age=60", vary: "Accept, Cookie" }, []],
    ["another cookie", { "set-cookie": "theme=dark", "cache-control": "public, max-age=60" }, []],
    [
      "a deleted cookie",
      { "set-cookie": "sessionid=x; Max-Age=0", "cache-control": "public, max-age=60" },
      [],
    ],
    [
      "a cookie of the page's layout",
      { "set-cookie": "sidebar=x", "cache-control": "public, max-age=60" },
      [],
    ],
    ["an anti-forgery cookie", { "set-cookie": "csrf-session=x", "cache-control": "public, max-age=60" }, []],
  ])("judges an answer with %s", async (_what, headers, expected) => {
    expect(await found(headers)).toEqual(expected);
  });

  it("leaves errors alone", async () => {
    expect(await found({ ...SESSION, "cache-control": "public, max-age=60" }, 500)).toEqual([]);
  });
});

describe("cachePolicy", () => {
  it.each<[string, [string, string][], string]>([
    [
      "Expires later than Date",
      [
        ["date", "Sun, 22 Nov 2026 04:00:00 GMT"],
        ["expires", "Sun, 22 Nov 2026 05:00:00 GMT"],
      ],
      "lifetime",
    ],
    [
      "Expires in the past",
      [
        ["date", "Sun, 22 Nov 2026 04:00:00 GMT"],
        ["expires", "0"],
      ],
      "no",
    ],
    [
      "max-age=0 beside Expires",
      [
        ["cache-control", "max-age=0"],
        ["date", "Sun, 22 Nov 2026 04:00:00 GMT"],
        ["expires", "Sun, 22 Nov 2026 05:00:00 GMT"],
      ],
      "no",
    ],
    ["public, max-age=0", [["cache-control", "public, max-age=0"]], "no"],
  ])("reads %s", (_what, headers, shared) => {
    expect(cachePolicy(headers).shared).toBe(shared);
  });
});

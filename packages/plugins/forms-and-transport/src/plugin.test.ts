import { describe, expect, it } from "@jest/globals";
import { type TestFetch, testPlugin } from "@picket/plugin-sdk/testing";
import { plugin } from "./plugin.ts";

const SESSION = "PHPSESSID=[redacted:cookie:ab12cd]; Path=/; HttpOnly";

async function found(fetches: TestFetch[], baseUrl = "https://shop.test/"): Promise<string[]> {
  const result = await testPlugin(plugin, { baseUrl, fetches });
  expect(result.requests).toEqual([]);
  return result.of("finding").map(({ type, severity }) => `${type} ${severity}`);
}

const page = (body: string, headers: Record<string, string> = {}, url = "/x"): TestFetch => ({
  url,
  headers: { "content-type": "text/html", ...headers },
  body,
});

const LOGIN =
  '<form method="post" action="/login"><input name="user"><input name="pw" type="password"></form>';

describe("forms with passwords", () => {
  it.each<[string, string, string, string[]]>([
    ["over HTTPS", LOGIN, "https://shop.test/", []],
    ["over plain HTTP", LOGIN, "http://shop.test/", ["password-over-http medium"]],
    ["on the own machine", LOGIN, "http://127.0.0.1:8080/", []],
    [
      "to plain HTTP",
      LOGIN.replace("/login", "http://shop.test/login"),
      "https://shop.test/",
      ["password-over-http medium"],
    ],
    ["by GET", LOGIN.replace("post", "get"), "https://shop.test/", ["password-in-url medium"]],
    ["for a script", LOGIN.replace('method="post" action="/login"', ""), "https://shop.test/", []],
    ["not at all", "<p>Write &lt;input type=password&gt; in a form.</p>", "http://shop.test/", []],
  ])("%s", async (_what, body, baseUrl, expected) => {
    expect(await found([page(body)], baseUrl)).toEqual(expected);
  });

  it("are told from others that a secure page sends over plain HTTP", async () => {
    const form = '<form method="post" action="http://shop.test/search"><input name="q"></form>';
    expect(await found([page(form)])).toEqual(["form-over-http medium"]);
    expect(await found([page(form, { "content-security-policy": "upgrade-insecure-requests" })])).toEqual([]);
  });
});

describe("forms without a token", () => {
  const FORM = '<form method="post" action="/address"><input name="street"><input name="city"></form>';
  const token = (field: string) => FORM.replace("<input", `${field}<input`);
  it.each<[string, string, string, string[]]>([
    ["beside a session", FORM, SESSION, ["missing-csrf-token low"]],
    [
      "beside one that other sites' requests carry",
      FORM,
      `${SESSION}; SameSite=None; Secure`,
      ["missing-csrf-token low"],
    ],
    ["beside one that they do not", FORM, `${SESSION}; SameSite=Lax`, []],
    ["without a session", FORM, "theme=dark; Path=/", []],
    [
      "with a token by name",
      token('<input type="hidden" name="csrfmiddlewaretoken" value="x">'),
      SESSION,
      [],
    ],
    [
      "with a token by value",
      token('<input type="hidden" name="k" value="q7Zk2mX9Lp4Rv8Tn3Wb6YcD1">'),
      SESSION,
      [],
    ],
    [
      "with a masked token",
      token('<input type="hidden" name="authkey" value="[redacted:key:ab12cd]">'),
      SESSION,
      [],
    ],
    [
      "with the token for its name",
      token(`<input type="hidden" name="${"0a".repeat(16)}" value="1">`),
      SESSION,
      [],
    ],
    ["with a token for scripts", `<meta name="csrf-token" content="x">${FORM}`, SESSION, []],
    ["for a search", FORM.replace("/address", "/search"), SESSION, []],
    ["for a login", LOGIN, SESSION, []],
    ["by GET", FORM.replace("post", "get"), SESSION, []],
    ["to another site", FORM.replace("/address", "https://pay.example/"), SESSION, []],
  ])("%s", async (_what, body, cookie, expected) => {
    const first: TestFetch = {
      url: "/",
      headers: { "content-type": "text/plain", "set-cookie": cookie },
      body: "",
    };
    expect(await found([page(body), first])).toEqual(expected);
  });
});

describe("a cookie that scripts send back", () => {
  it("guards forms too", async () => {
    const form = '<form method="post" action="/address"><input name="street"></form>';
    const cookies = (own: string): TestFetch => ({
      url: "/",
      headers: [
        ["set-cookie", SESSION],
        ["set-cookie", `${own}=x; Secure; SameSite=Lax`],
      ],
    });
    expect(await found([cookies("XSRF-TOKEN"), page(form)])).toEqual([]);
    expect(await found([cookies("theme"), page(form)])).toEqual(["missing-csrf-token low"]);
  });
});

describe("what a page loads", () => {
  it.each<[string, string, string[]]>([
    ["a script over HTTP", '<script src="http://shop.test/a.js"></script>', ["mixed-content-active medium"]],
    [
      "a style over HTTP",
      '<link rel="stylesheet" href="http://shop.test/a.css">',
      ["mixed-content-active medium"],
    ],
    ["a picture over HTTP", '<img src="http://shop.test/a.png">', ["mixed-content-passive low"]],
    [
      "pictures over HTTP by choice",
      '<img src="/a" srcset="/a 1x, http://shop.test/a.png 2x">',
      ["mixed-content-passive low"],
    ],
    [
      "a style sheet in a style",
      "<style>@import url(http://shop.test/a.css);</style>",
      ["mixed-content-active medium"],
    ],
    [
      "a picture in a style",
      '<p style="background:url(http://shop.test/a.png)">',
      ["mixed-content-passive low"],
    ],
    [
      "a style sheet of another host",
      '<link rel="stylesheet" href="https://cdn.example.net/x-1.2.3.css">',
      ["missing-sri info"],
    ],
    ["a link", '<a href="http://shop.test/">x</a><link rel="canonical" href="http://shop.test/">', []],
    ["what the base says", '<base href="http://shop.test/"><img src="a.png">', ["mixed-content-passive low"]],
    [
      "a fixed script of another host",
      '<script src="https://cdn.example.net/x-1.2.3.js"></script>',
      ["missing-sri info"],
    ],
    [
      "one with its hash",
      '<script src="https://cdn.example.net/x-1.2.3.js" integrity="sha384-abc" crossorigin="anonymous"></script>',
      [],
    ],
    ["one that changes", '<script src="https://maps.example.net/api?key=1"></script>', []],
    ["one of a sibling", '<script src="https://static.shop.test/x-1.2.3.js"></script>', []],
    ["a new window", '<a target="_blank" href="https://example.net/">x</a>', []],
    ["an article", "<pre>&lt;script src=&quot;http://shop.test/a.js&quot;&gt;</pre>", []],
  ])("%s", async (_what, body, expected) => {
    expect(await found([page(body)])).toEqual(expected);
  });

  it("is not mixed on a plain page; scripts of other hosts are told", async () => {
    const body = '<img src="http://a.test/a.png"><script src="http://cdn.example.net/x-1.2.3.js"></script>';
    expect(await found([page(body)], "http://shop.test/")).toEqual(["script-over-http low"]);
  });
});

describe("sessions in addresses", () => {
  it.each<[string, TestFetch, string[]]>([
    [
      "of links",
      page('<a href="/cart;jsessionid=0A1B2C3D4E5F60718293A4B5C6D7E8F9">x</a>'),
      ["session-in-url medium"],
    ],
    [
      "of links, masked",
      page('<a href="/cart?PHPSESSID=[redacted:session:ab12cd]">x</a>'),
      ["session-in-url medium"],
    ],
    [
      "of redirects",
      { url: "/x", status: 302, headers: { location: "/(S(lit3py55t21z5v55vlm25s55))/cart.aspx" } },
      ["session-in-url medium"],
    ],
    ["of other sites' links", page('<a href="https://example.net/?sid=0A1B2C3D4E5F60718293A4B5">x</a>'), []],
    ["that a mark calls short", page('<a href="/track?sid=[redacted:session:ab12cd]">x</a>'), []],
    ["that are short", page('<a href="/track?sid=42">x</a>'), []],
    ["in text", page("<p>/cart;jsessionid=0A1B2C3D4E5F60718293A4B5C6D7E8F9</p>"), []],
  ])("%s", async (_what, fetch, expected) => {
    expect(await found([fetch])).toEqual(expected);
  });
});

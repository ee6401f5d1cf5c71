import { describe, expect, it } from "@jest/globals";
import fc from "fast-check";
import { AppError } from "./app-error.ts";
import {
  hrefOf,
  MAX_URL_LENGTH,
  originOf,
  parameterNames,
  parseWebUrl,
  routeOf,
  tryParseWebUrl,
} from "./web-url.ts";

describe("tryParseWebUrl", () => {
  it("reads its own text back as the same URL", () => {
    const text = fc.oneof(
      fc.webUrl({ withQueryParameters: true, withFragments: true }),
      fc
        .tuple(fc.ipV6(), fc.nat(65_535), fc.string())
        .map(([ip, port, path]) => `http://[${ip}]:${port}/${path}`),
      fc.tuple(fc.string(), fc.string({ unit: "binary" })).map(([host, path]) => `https://${host}/${path}`),
    );
    fc.assert(
      fc.property(text, (input) => {
        const url = tryParseWebUrl(input);
        if (url) expect(tryParseWebUrl(hrefOf(url))).toEqual(url);
      }),
      { numRuns: 2_000 },
    );
  });

  it("never throws and never lets user info, port 0 or another scheme through", () => {
    const piece = fc.constantFrom(
      ..."htp:/@\\[]?#%.0127 \t\n".split(""),
      "http://",
      "a.b",
      ":0",
      "::1",
      "①",
      "%2e",
    );
    fc.assert(
      fc.property(
        fc.array(piece, { maxLength: 16 }).map((pieces) => pieces.join("")),
        (input) => {
          const url = tryParseWebUrl(input);
          if (!url) return;
          const reread = new URL(hrefOf(url));
          expect(["http:", "https:"]).toContain(reread.protocol);
          expect(reread.username + reread.password).toBe("");
          expect(url.port).toBeGreaterThan(0);
          expect(url.host).not.toMatch(/\.$|\.\.|[A-Z[\]@/\\?#\s]/);
        },
      ),
      { numRuns: 2_000 },
    );
  });

  it.each([
    ["http://127.1/", "127.0.0.1"],
    ["http://0177.0.0.1/", "127.0.0.1"],
    ["http://0x7f000001/", "127.0.0.1"],
    ["http://2130706433/", "127.0.0.1"],
    ["http://①②⑦.0.0.1/", "127.0.0.1"],
    ["http://a%2eexample/", "a.example"],
    ["http://EXAMPLE.com./", "example.com"],
    ["http:///example.com", "example.com"],
    ["http://a.example\\@127.0.0.1/", "a.example"],
    ["ht\ntp://a.ex\tample/", "a.example"],
    ["http://[::FFFF:7f00:1]/", "::ffff:7f00:1"],
    ["http://bücher.example/", "xn--bcher-kva.example"],
  ])("reads the host of %j as %s", (text, host) => expect(parseWebUrl(text).host).toBe(host));

  it.each([
    "ftp://a.example/",
    "javascript:alert(1)",
    "file:///etc/passwd",
    "unix:/run/docker.sock",
    "//a.example/",
    "http://user@a.example/",
    "http://:secret@a.example/",
    "http://a.example:0/",
    "http://a.example:65536/",
    "http://a.example../",
    "http://a..example/",
    "http://.a.example/",
    "http://[fe80::1%25eth0]/",
    `http://a.example/${"x".repeat(MAX_URL_LENGTH)}`,
    `http://a.example/${"é".repeat(MAX_URL_LENGTH / 4)}`,
  ])("refuses %.60s", (text) => expect(tryParseWebUrl(text)).toBeNull());

  it("resolves a reference against its base and drops the fragment", () => {
    const url = parseWebUrl("../x?q=1#top", "https://a.example/app/y/");
    expect(hrefOf(url)).toBe("https://a.example/app/x?q=1");
  });
});

describe("parseWebUrl", () => {
  it("throws INVALID_INPUT that says what to give", () => {
    expect(() => parseWebUrl("ftp://a.example")).toThrow(AppError);
    expect(() => parseWebUrl("ftp://a.example")).toThrow(
      expect.objectContaining({ code: "INVALID_INPUT", hint: expect.stringContaining("http or https") }),
    );
  });
});

describe("originOf", () => {
  it.each([
    ["http://a.example:80/", "http://a.example"],
    ["https://a.example:443/", "https://a.example"],
    ["http://a.example:443/", "http://a.example:443"],
    ["http://[::1]:8080/", "http://[::1]:8080"],
  ])("writes %s as %s", (text, origin) => expect(originOf(parseWebUrl(text))).toBe(origin));
});

describe("parameterNames", () => {
  it("lists each name once, sorted", () => {
    expect(parameterNames(parseWebUrl("http://a.example/?b=1&a=2&b=3&c"))).toEqual(["a", "b", "c"]);
  });
});

describe("routeOf", () => {
  it.each([
    ["/product/42/reviews/7", "/product/{id}/reviews/{id}"],
    ["/u/0190e6f0-7b7a-7c3e-8a55-2f1f4a8c9d10", "/u/{id}"],
    ["/blob/deadbeefdeadbeef", "/blob/{id}"],
    ["/v1/face/2fa", "/v1/face/2fa"],
    ["/u/01ARZ3NDEKTSV4RRFFQ69G5FAV", "/u/{id}"],
    ["/on/2026-01-31", "/on/{id}"],
    ["/news/4711.html", "/news/{id}.html"],
    ["/404.html", "/404.html"],
    ["/app.4711.js", "/app.4711.js"],
    ["/cart;jsessionid=1A2B!n", "/cart"],
    ["/cart;jsessionid=[redacted:session]", "/cart"],
    ["/7;JSESSIONID=1A2B;colour=red/a", "/{id};colour/a"],
    ["/(S(lit3py55t21z5v55vlm25s55))/a.aspx", "/a.aspx"],
    ["/reset/[redacted:token]", "/reset/{id}"],
    ["/a%5B1%5D%7Cb", "/a[1]|b"],
    ["/o%27x/%2f%3b", "/o'x/%2F%3B"],
    ["/", "/"],
  ])("makes %s the route %s", (path, route) => expect(routeOf(path)).toBe(route));
});

import { describe, expect, it } from "@jest/globals";
import type { HeaderList } from "@picket/core";
import { redactHeaders } from "./redact-headers.ts";

const POLICY = { emails: false, cards: false };
const KEYED = { ...POLICY, key: "k".repeat(32) };

function redacted(name: string, value: string): string {
  return redactHeaders([[name, value]], POLICY)[0]?.[1] ?? "";
}

describe("redactHeaders", () => {
  it.each([
    ["authorization", "Bearer abc", "Bearer [redacted:bearer]"],
    ["authorization", "Basic dXNlcjpwYXNz", "Basic [redacted:basic]"],
    ["proxy-authorization", 'Digest username="u", response="x"', "Digest [redacted:authorization]"],
    ["authorization", "rawsecret", "[redacted:authorization]"],
    [
      "cookie",
      "sid=abc=; theme=dark; bare",
      "sid=[redacted:cookie]; theme=[redacted:cookie]; [redacted:cookie]",
    ],
    [
      "set-cookie",
      "sid=a b; Path=/; HttpOnly; SameSite=Lax",
      "sid=[redacted:cookie]; Path=/; HttpOnly; SameSite=Lax",
    ],
    ["set-cookie", "sid=; Max-Age=0", "sid=; Max-Age=0"],
    ["set-cookie", "sid=abc", "sid=[redacted:cookie]"],
    ["set-cookie", " sid = abc ; Path=/", " sid = [redacted:cookie] ; Path=/"],
    ["set-cookie", "abc=abc", "abc=[redacted:cookie]"],
    ["set-cookie", " abc ", " [redacted:cookie] "],
    ["x-api-key", "abc", "[redacted:secret]"],
    ["Authorization", "Bearer abc", "Bearer [redacted:bearer]"],
    ["x-csrf-token", "abc", "[redacted:secret]"],
    ["client-secret", "abc", "[redacted:secret]"],
    [
      "location",
      "/cb?code=1&sid=abc#access_token=x",
      "/cb?code=1&sid=[redacted:session]#access_token=[redacted:token]",
    ],
    ["x-debug", "password=hunter2", "password=[redacted:password]"],
  ])("of %s: %s", (name, value, expected) => {
    expect(redacted(name, value)).toBe(expected);
  });

  it.each([
    ["access-control-allow-headers", "authorization, x-api-key"],
    ["access-control-expose-headers", "x-csrf-token"],
    ["content-security-policy", "default-src 'self'; script-src 'nonce-abc'"],
    ["www-authenticate", 'Bearer realm="api"'],
    ["etag", '"abc123"'],
    ["server", "nginx/1.27.0"],
    ["authorization", ""],
  ])("leaves %s: %s", (name, value) => {
    expect(redacted(name, value)).toBe(value);
  });

  it("keeps order and repeated fields", () => {
    const headers: HeaderList = [
      ["set-cookie", "a=1"],
      ["x", "y"],
      ["set-cookie", "b=2"],
    ];
    expect(redactHeaders(headers, POLICY)).toEqual([
      ["set-cookie", "a=[redacted:cookie]"],
      ["x", "y"],
      ["set-cookie", "b=[redacted:cookie]"],
    ]);
  });

  it("masks a value as often as it comes, whatever other field had it without being secret", () => {
    const headers: HeaderList = [
      ["x-note", "abcd"],
      ["x-api-key", "abcd"],
    ];
    const masked = [
      ["x-note", "abcd"],
      ["x-api-key", "[redacted:secret]"],
    ];
    expect([1, 2, 3].map(() => redactHeaders(headers, POLICY))).toEqual([masked, masked, masked]);
  });

  it("tells that a cookie comes back as it was set, and changes no more when done again", () => {
    const once = redactHeaders(
      [
        ["set-cookie", "sid=abc; Secure"],
        ["cookie", "x=1; sid=abc"],
      ],
      KEYED,
    );
    const mark = /sid=(\[.*?\])/;
    expect(mark.exec(once[0]?.[1] ?? "")?.[1]).toBe(mark.exec(once[1]?.[1] ?? "")?.[1]);
    expect(redactHeaders(once, KEYED)).toEqual(once);
  });
});

import { describe, expect, it } from "@jest/globals";
import { redactJson } from "./redact-json.ts";
import { redactUrl } from "./redact-url.ts";

const POLICY = { emails: true, cards: true };

describe("redactUrl", () => {
  it.each([
    ["https://a.test/x?page=2&q=token", "https://a.test/x?page=2&q=token"],
    ["https://a.test/?TOKEN=abc&page=2", "https://a.test/?TOKEN=[redacted:token]&page=2"],
    ["https://a.test/?p%61ssword=abc", "https://a.test/?p%61ssword=[redacted:password]"],
    ["https://a.test/?sid=a%26b&sig=%2F&x", "https://a.test/?sid=[redacted:session]&sig=[redacted:secret]&x"],
    [
      "https://a.test/a;jsessionid=AB/b?c#id_token=d",
      "https://a.test/a;jsessionid=[redacted:session]/b?c#id_token=[redacted:token]",
    ],
    ["https://u:p@a.test/", "https://u:[redacted:password]@a.test/"],
    ["https://a.test/?%E0%A4%A=1&token=", "https://a.test/?%E0%A4%A=1&token="],
    ["/?to=bob@example.com", "/?to=[redacted:email]"],
  ])("%s", (url, expected) => {
    expect(redactUrl(url, POLICY)).toBe(expected);
    expect(redactUrl(expected, POLICY)).toBe(expected);
  });
});

describe("redactJson", () => {
  it("marks texts, and all values under secret names, and keeps the shape", () => {
    const value = {
      url: "/?token=abc",
      password: "x",
      pins: [{ secret: 12, ok: true }],
      apiKeys: null,
      access_token: ["a", ""],
      count: 3,
      note: 'password: it\'s "quoted"',
    };
    expect(redactJson(value, POLICY)).toEqual({
      url: "/?token=[redacted:token]",
      password: "[redacted:password]",
      pins: [{ secret: "[redacted:secret]", ok: true }],
      apiKeys: null,
      access_token: ["[redacted:token]", ""],
      count: 3,
      note: "password: [redacted:password]",
    });
  });
});

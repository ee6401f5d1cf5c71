import { describe, expect, it } from "@jest/globals";
import { type AuthProfile, parseWebUrl } from "@picket/core";
import { createAuthSession } from "./session.ts";

const ORIGIN = "http://camp.example";

function sessionOf(recipe: AuthProfile["recipe"], secrets: AuthProfile["secrets"]) {
  return createAuthSession({
    id: "a",
    name: "ana",
    version: 1,
    origin: ORIGIN,
    recipe,
    probe: { url: "/members", status: 200 },
    destructiveWords: [],
    secrets,
  });
}

function answer(...cookies: string[]) {
  return {
    status: 200,
    headers: cookies.map((line): [string, string] => ["set-cookie", line]),
    body: new Uint8Array(),
    truncated: false,
    undecoded: false,
  };
}

describe("a session of given cookies", () => {
  it("has each value masked, also where it stands alone or decoded", () => {
    const { mask, unmaskedCookies } = sessionOf(
      { kind: "cookie" },
      { value: "sid=0123456789ab; csrf=a%2Fb%2Fc%2Fd; theme=dark" },
    );
    expect(mask.text("0123456789ab a/b/c/d dark")).toBe("[redacted:auth] [redacted:auth] dark");
    expect([...unmaskedCookies]).toEqual([]);
  });

  it("says so when none is long enough to be masked", () => {
    const { unmaskedCookies } = sessionOf({ kind: "cookie" }, { value: "sid=ab12cd; theme=dark" });
    expect([...unmaskedCookies]).toEqual(["sid", "theme"]);
  });
});

describe("a session whose cookies the application sets", () => {
  const basic = () => sessionOf({ kind: "basic", username: "ana" }, { password: "tr0mbone-gentle" });

  it("names secret ones that are too short to be masked, and no settings", () => {
    const session = basic();
    const lines = ["sid=ab12cd; HttpOnly", "theme=dark", "long=0123456789; HttpOnly", "gone=; HttpOnly"];
    session.observe(parseWebUrl("/", ORIGIN), answer(...lines));
    expect([...session.unmaskedCookies]).toEqual(["sid"]);
    expect(session.mask.text("ab12cd 0123456789")).toBe("ab12cd [redacted:auth]");
  });

  it("sends what a plugin tries in place of what the application set", () => {
    const session = basic();
    session.observe(parseWebUrl("/", ORIGIN), answer("lang=de", "sid=ab12cd"));
    const headers: [string, string][] = [["cookie", "lang=..%2Fetc"]];
    const sent = session.withCredentials({ url: parseWebUrl("/", ORIGIN), method: "GET", headers });
    expect(sent.headers).toContainEqual(["cookie", "lang=..%2Fetc; sid=ab12cd"]);
  });

  it("keeps none that another origin sets", () => {
    const session = basic();
    session.observe(parseWebUrl("http://other.example/"), answer("sid=ab12cd; HttpOnly"));
    expect([...session.unmaskedCookies]).toEqual([]);
    expect(
      session.withCredentials({ url: parseWebUrl("/", ORIGIN), method: "GET", headers: [] }).headers,
    ).toEqual([]);
  });
});

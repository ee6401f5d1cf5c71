import { createHmac } from "node:crypto";
import { describe, expect, it } from "@jest/globals";
import { createMarker } from "./redaction-mark.ts";
import { hasWeakKey } from "./weak-keys.ts";

const encode = (value: object) => Buffer.from(JSON.stringify(value)).toString("base64url");

function signed(key: string, [alg, hash]: readonly [string, string] = ["HS256", "sha256"]): string {
  const text = `${encode({ alg, typ: "JWT" })}.${encode({ sub: "7" })}`;
  return `${text}.${createHmac(hash, key).update(text).digest("base64url")}`;
}

describe("hasWeakKey", () => {
  it.each([
    ["of a tutorial", signed("your-256-bit-secret")],
    ["of two words", signed("keyboard cat")],
    ["of nothing", signed("")],
    ["with SHA-384", signed("changeme", ["HS384", "sha384"])],
    ["with SHA-512", signed("secret", ["HS512", "sha512"])],
  ])("knows a key %s", (_, token) => {
    expect(hasWeakKey(token)).toBe(true);
  });

  it.each([
    ["a random key", signed("5f0c0b7e3c8a4d0f9a2be6d1")],
    ["another algorithm", signed("secret", ["RS256", "sha256"])],
    ["no signature", signed("secret").replace(/[^.]*$/, "")],
    ["a header that is none", "eyJ.e30.c2ln"],
    ["a value that is no token", "secret"],
  ])("knows none of %s", (_, token) => {
    expect(hasWeakKey(token)).toBe(false);
  });
});

describe("a text's marks", () => {
  it("tell weak keys of its first 50 signed tokens", () => {
    const marker = createMarker({ emails: false, cards: false }, "utf8");
    const marks = Array.from({ length: 60 }, () => marker.mark("jwt", signed("secret")));
    expect(marks.filter((mark) => mark.includes("weak-key"))).toEqual(marks.slice(0, 50));
  });
});

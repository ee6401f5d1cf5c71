import { describe, expect, it } from "@jest/globals";
import fc from "fast-check";
import { createMask, isSecretKey, MASK } from "./mask.ts";

const SECRET = 'pä?s/w+o"rd &42';

describe("createMask", () => {
  it.each([
    ["raw", SECRET],
    ["in a URL", encodeURIComponent(SECRET)],
    ["in a form", new URLSearchParams({ p: SECRET }).toString().slice(2)],
    ["in JSON", JSON.stringify(SECRET).slice(1, -1)],
    ["in hex", Buffer.from(SECRET).toString("hex")],
    ["in upper-case hex", Buffer.from(SECRET).toString("hex").toUpperCase()],
    ["in base64", Buffer.from(SECRET).toString("base64")],
    ["in base64url", Buffer.from(SECRET).toString("base64url")],
  ])("masks a secret %s", (_, form) => {
    const masked = createMask([SECRET])(`before ${form} after`);
    expect(masked).toMatch(/^before \[redacted\].{0,3} after$/);
  });

  it("masks a secret inside longer base64, whatever stands before it", () => {
    const mask = createMask(["s3cr3t-value"]);
    for (const user of ["", "u", "us", "use", "user"]) {
      const basic = Buffer.from(`${user}:s3cr3t-value:tail`).toString("base64");
      const left = mask(`x ${basic}`).replaceAll(MASK, "");
      expect(Buffer.from(left, "base64").toString("latin1")).not.toContain("3cr3t");
    }
  });

  it("leaves no secret of any alphabet in a text that holds it in any plain form", () => {
    const secret = fc
      .string({ unit: "grapheme", minLength: 4, maxLength: 40 })
      .filter((text) => text.isWellFormed());
    fc.assert(
      fc.property(secret, fc.string(), fc.string(), (value, before, after) => {
        fc.pre(!MASK.includes(value) && !`${before}${MASK}${after}`.includes(value));
        const mask = createMask([value]);
        for (const form of [value, encodeURIComponent(value), Buffer.from(value).toString("hex")]) {
          expect(mask(before + form + after)).not.toContain(form);
        }
      }),
    );
  });

  it("ends when the mask itself holds the secret", () => {
    expect(createMask(["redacted"])("my redacted word")).toBe(`my ${MASK} word`);
    expect(createMask([MASK])(`twice ${MASK}`)).toBe(`twice ${MASK}`);
    expect(createMask(["reda", "acted", MASK])("reda")).toBe(MASK);
  });

  it("masks the longer of two secrets that overlap", () => {
    expect(createMask(["pass", "password-1"])("password-1")).toBe(MASK);
  });

  it("leaves texts alone that hold no secret, and ignores values too short to be one", () => {
    expect(createMask(["abc", ""])("abc in the alphabet")).toBe("abc in the alphabet");
  });

  it.each([
    ["redis://:hunter22@cache:6379/0", `redis://${MASK}@cache:6379/0`],
    ["connect postgres://app:p@ss@db/picket failed", `connect postgres://${MASK}@db/picket failed`],
    ["https://user@host/path?x=a@b", `https://${MASK}@host/path?x=a@b`],
    ["https://host/@scope/package", "https://host/@scope/package"],
    ["authorization: Bearer abc.def-ghi_123", `authorization: Bearer ${MASK}`],
  ])("takes credentials out of %s", (text, expected) => {
    expect(createMask([])(text)).toBe(expected);
  });

  it("takes time in proportion to the text, whatever it holds", () => {
    const mask = createMask([SECRET, "another-secret"]);
    const start = process.cpuUsage();
    for (const unit of ["a.", "a://", "a://b", "bearer ", "Bearer a", "p", "@"]) mask(unit.repeat(100_000));
    expect(process.cpuUsage(start).user / 1_000).toBeLessThan(20_000);
  });
});

describe("isSecretKey", () => {
  it.each([
    "password",
    "Authorization",
    "set-cookie",
    "X-Api-Key",
    "apiToken",
    "S3_SECRET_ACCESS_KEY",
    "client_secret",
    "tokenPepper",
    "credentials",
  ])("hides %s", (key) => {
    expect(isSecretKey(key)).toBe(true);
  });

  it.each(["tokenId", "dedupeKey", "plugin", "secretsFound", "keyword", "passed"])("shows %s", (key) => {
    expect(isSecretKey(key)).toBe(false);
  });
});

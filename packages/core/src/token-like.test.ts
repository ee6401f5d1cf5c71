import { describe, expect, it } from "@jest/globals";
import { isTokenName, looksLikeToken } from "./token-like.ts";

describe("isTokenName", () => {
  it.each([
    "csrf_token",
    "csrfmiddlewaretoken",
    "authenticity_token",
    "__RequestVerificationToken",
    "_wpnonce",
    "__VIEWSTATE",
    "form_key",
    "/user/_token",
  ])("knows %s", (name) => expect(isTokenName(name)).toBe(true));

  it.each(["id", "q", "email", "formula", "page", "/user/name"])("takes %s for none", (name) =>
    expect(isTokenName(name)).toBe(false),
  );
});

describe("looksLikeToken", () => {
  it.each(["9f86d081884c7d659a2feaa0c55ad015a3bf4f1b", "Zm9vYmFyYmF6cXV4MTIzNDU2Nzg5MA=="])(
    "knows %s",
    (value) => expect(looksLikeToken(value)).toBe(true),
  );

  it.each([
    "1",
    "018f4c1e-7e0c-7b3a-9c55-0f2b7f6f1a2b",
    "507f1f77bcf86cd799439011",
    "a-long-title-of-an-article-about-tents",
    "https://app.test/a/b/c/d/e/f/g",
    "00000000000000000000000000000000",
    "2026-11-22T04:28:24.000Z",
  ])("takes %s for none", (value) => expect(looksLikeToken(value)).toBe(false));
});

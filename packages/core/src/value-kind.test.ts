import { describe, expect, it } from "@jest/globals";
import { kindOf } from "./value-kind.ts";

describe("kindOf", () => {
  it.each([
    ["x", "17", "number"],
    ["x", "-3.5", "number"],
    ["x", "018f4c1e-7e0c-7b3a-9c55-0f2b7f6f1a2b", "id"],
    ["x", "507f1f77bcf86cd799439011", "id"],
    ["x", "https://a.test/b", "url"],
    ["x", "//a.test", "url"],
    ["x", "/etc/motd", "path"],
    ["x", "../report.pdf", "path"],
    ["x", "help.html", "path"],
    ["x", "ann@a.test", "email"],
    ["x", "2026-11-22", "date"],
    ["x", "2026-11-22T10:00:00Z", "date"],
    ["x", "true", "boolean"],
    ["csrf", "17", "token"],
    ["x", "AbCdEf0123456789ghijklmnop", "token"],
    ["x", "red tent", "text"],
    ["redirect_url", undefined, "url"],
    ["file", "", "path"],
    ["product_id", undefined, "number"],
    ["email", undefined, "email"],
    ["isActive", undefined, "boolean"],
    ["q", undefined, "text"],
  ] as const)("takes %s=%s for %s", (name, value, kind) => expect(kindOf(name, value)).toBe(kind));
});

import { describe, expect, it } from "@jest/globals";
import { cspWeaknesses, hasFrameAncestors, parsePolicies, restrictsFraming } from "./csp.ts";

describe("cspWeaknesses", () => {
  it.each([
    ["default-src 'self'", []],
    ["script-src 'nonce-abc' 'strict-dynamic' https: 'unsafe-inline'", []],
    ["script-src 'sha256-abc' 'unsafe-inline'", []],
    ["default-src *; script-src 'self'", []],
    ["script-src 'self' https://cdn.test", []],
    ["script-src 'self'; script-src *", []],
    ["img-src 'self'", ["scripts-unrestricted"]],
    ["default-src *", ["any-script-source"]],
    ["script-src https:", ["any-script-source"]],
    ["script-src 'self' data:", ["any-script-source"]],
    ["SCRIPT-SRC 'self' 'UNSAFE-INLINE'", ["inline-scripts"]],
    ["script-src 'self' 'unsafe-eval'", ["eval"]],
    ["default-src * 'unsafe-inline' 'unsafe-eval'", ["any-script-source", "inline-scripts", "eval"]],
  ])("%s", (value, expected) => {
    expect(cspWeaknesses(parsePolicies([value]))).toEqual(expected);
  });

  it("counts only what every policy leaves open", () => {
    expect(cspWeaknesses(parsePolicies(["script-src *", "script-src 'self' 'unsafe-inline'"]))).toEqual([]);
    expect(cspWeaknesses(parsePolicies(["script-src *, script-src https:"]))).toEqual(["any-script-source"]);
    expect(cspWeaknesses(parsePolicies(["frame-ancestors 'none'", "script-src 'self'"]))).toEqual([]);
  });
});

describe("frame-ancestors", () => {
  it.each([
    ["frame-ancestors 'none'", true, true],
    ["frame-ancestors https://partner.test", true, true],
    ["frame-ancestors *", false, true],
    ["frame-ancestors 'self' https:", false, true],
    ["default-src 'none'", false, false],
  ])("%s", (value, restricts, has) => {
    expect(restrictsFraming(parsePolicies([value]))).toBe(restricts);
    expect(hasFrameAncestors(parsePolicies([value]))).toBe(has);
  });
});

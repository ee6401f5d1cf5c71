import { describe, expect, it } from "@jest/globals";
import { cspPitfalls } from "./csp-pitfalls.ts";

describe("cspPitfalls", () => {
  it.each<[string, string[]]>([
    ["default-src 'self'", []],
    ["default-src 'none'; script-src 'self'; base-uri 'none'", []],
    ["script-src 'self'", ["object-unrestricted"]],
    ["default-src 'none'; script-src 'nonce-aGVsbG8gd29ybGQ'", ["base-unrestricted"]],
    ["default-src 'none'; script-src 'nonce-abc'; base-uri 'none'", ["short-nonce"]],
    ["default-src 'self'; script-src https://ajax.googleapis.com", ["bypassable-host"]],
    ["default-src 'self'; scirpt-src 'self'", ["misspelt"]],
    ["default-src self", ["misspelt"]],
    ["", []],
  ])("reads %s", (policy, pitfalls) => {
    expect(cspPitfalls([policy])).toEqual(pitfalls);
  });

  it("counts what all policies leave open, and what any of them misspells", () => {
    expect(cspPitfalls(["script-src 'self'", "object-src 'none'"])).toEqual([]);
    expect(cspPitfalls(["default-src 'self'", "scirpt-src 'self'; object-src 'none'"])).toEqual(["misspelt"]);
  });
});

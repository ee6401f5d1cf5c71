import { describe, expect, test } from "@jest/globals";
import { slownessOf } from "./slow-pattern.ts";

const check = ({ source, flags }: RegExp) => slownessOf(source, flags);

describe("a pattern is slow", () => {
  test.each([
    /(?:a|a)+b/,
    /^\s*x?\s*y/,
    /\d+\.\d/,
    /\/+$/,
    /<[^>]*>/,
    /"(?:[^"\\]|\\.)*"/g,
    /\((?:a|b)[^)]*\)/,
    /(?:^|\s)#.*$/,
    /(?:"(?:[^"\\]|\\.)*"){1,9}/,
    /^\s*a[\s\S]*b/m,
  ])("%s", (pattern) => {
    expect(check(pattern)).not.toBeNull();
  });
});

describe("a pattern takes time in proportion to the text", () => {
  test.each([
    /^\s*\S/,
    /\d\.\d/,
    /(?<!\/)\/+$/,
    /<[^<>]*>/,
    /"(?:[^"\\]|\\.)*(?:"|$)/g,
    /[a-z]{1,5000}x/,
    /(?:^|;)\s*max-age/,
    /\w+/,
    /<title>[^<]*<\/title>/,
    /"(?:[^"\\]|\\.)*"/y,
    /^#.*$/m,
  ])("%s", (pattern) => {
    expect(check(pattern)).toBeNull();
  });
});

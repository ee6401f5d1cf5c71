import { describe, expect, it } from "@jest/globals";
import { MAX_JSON_DEPTH, parseJson } from "./parse-json.ts";

const nested = (levels: number) => "[".repeat(levels) + "]".repeat(levels);

describe("parseJson", () => {
  it("parses what JSON.parse does", () => {
    const long = JSON.stringify({
      text: '"[{\\'.repeat(1_000),
      list: Array.from({ length: 1_000 }, () => [{}]),
    });
    expect(parseJson(long)).toEqual(JSON.parse(long));
    expect(parseJson(nested(MAX_JSON_DEPTH))).toEqual(JSON.parse(nested(MAX_JSON_DEPTH)));
    expect(parseJson("[1,2]", (_key, value) => (typeof value === "number" ? value + 1 : value))).toEqual([
      2, 3,
    ]);
    expect(() => parseJson("{")).toThrow(SyntaxError);
  });

  it("refuses what nests too deep, before it is parsed", () => {
    // The first one ends the process where it reaches JSON.parse of Node 26.
    const texts = [
      `${"[1,".repeat(43_690)}[1`,
      `${'{"a":1,"b":'.repeat(20_000)}x`,
      nested(MAX_JSON_DEPTH + 1),
    ];
    for (const text of texts) expect(() => parseJson(text)).toThrow("JSON nests more than 500 levels");
  });

  it("is not led astray by quotes and escapes", () => {
    const deep = "[1,".repeat(MAX_JSON_DEPTH + 1);
    for (const before of ['["\\\\",', '["\\"",', '["",', '["a\\\\\\"b",'])
      expect(() => parseJson(before + deep)).toThrow("levels");
    expect(() => parseJson(`["${deep}"]`)).not.toThrow();
    expect(() => parseJson(`["\\"${deep}"]`)).not.toThrow();
  });
});

import { describe, expect, it } from "@jest/globals";
import fc from "fast-check";
import { jsonParameter, textParameter } from "./json-parameter.ts";

describe("jsonParameter", () => {
  it("replaces NUL and lone surrogates in keys and values", () => {
    const value = { "a\u0000": ["\ud800", "x\udfff", "😀", "\\u0000", "\\\u0000", "\n"] };
    expect(JSON.parse(jsonParameter(value))).toEqual({
      "a\ufffd": ["\ufffd", "x\ufffd", "😀", "\\u0000", "\\\ufffd", "\n"],
    });
  });

  it("leaves every other text as it is", () => {
    const plain = fc.string({ unit: "grapheme" }).filter((text) => textParameter(text) === text);
    fc.assert(
      fc.property(plain, plain, (key, value) => {
        expect(Object.entries(JSON.parse(jsonParameter({ [key]: value })))).toEqual([[key, value]]);
      }),
    );
  });

  it("agrees with textParameter on any text", () => {
    fc.assert(
      fc.property(fc.string({ unit: "binary" }), (text) => {
        expect(JSON.parse(jsonParameter(text))).toBe(textParameter(text));
      }),
    );
  });
});

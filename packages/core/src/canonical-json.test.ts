import { describe, expect, it } from "@jest/globals";
import fc from "fast-check";
import { canonicalJson, lengthDelimited } from "./canonical-json.ts";

/** The same value with the members of every object in reverse order. */
function reversed(value: unknown): unknown {
  if (Array.isArray(value)) return value.map(reversed);
  if (typeof value !== "object" || value === null) return value;
  return Object.fromEntries(
    Object.entries(value)
      .reverse()
      .map(([key, member]) => [key, reversed(member)]),
  );
}

/** Reads parts back from `lengthDelimited`. */
function parts(text: string): string[] {
  const result: string[] = [];
  for (let rest = text; rest !== ""; ) {
    const colon = rest.indexOf(":");
    const end = colon + 1 + Number(rest.slice(0, colon));
    result.push(rest.slice(colon + 1, end));
    rest = rest.slice(end);
  }
  return result;
}

describe("canonicalJson", () => {
  it("sorts keys by code unit, leaves out undefined and white space", () => {
    const value = {
      "€": 1,
      a: [true, null, "é\n"],
      "\u{1f600}": 2,
      "\ufb33": 3,
      B: undefined,
      A: { z: -0, y: 1e21 },
    };
    expect(canonicalJson(value)).toBe(
      '{"A":{"y":1e+21,"z":0},"a":[true,null,"é\\n"],"€":1,"😀":2,"\ufb33":3}',
    );
  });

  it("is JSON of an equal value, whatever the order of keys", () => {
    fc.assert(
      fc.property(fc.jsonValue({ stringUnit: "binary" }), (value) => {
        const text = canonicalJson(value);
        expect(JSON.parse(text)).toEqual(JSON.parse(JSON.stringify(value)));
        expect(canonicalJson(reversed(value))).toBe(text);
      }),
    );
  });

  it.each([
    ["NaN", Number.NaN],
    ["infinity", { a: [Number.POSITIVE_INFINITY] }],
    ["undefined", [undefined]],
    // biome-ignore lint/suspicious/noSparseArray: the hole is what is tested
    ["a hole", [, 1]],
    ["a bigint", { a: 1n }],
    ["a function", () => 1],
    ["a date", { at: new Date(0) }],
    ["a map", new Map([["a", 1]])],
    ["bytes", new Uint8Array(2)],
  ])("throws on %s instead of writing something else", (_, value) => {
    expect(() => canonicalJson(value)).toThrow(TypeError);
  });
});

describe("lengthDelimited", () => {
  it("lets the parts be read back, whatever they hold", () => {
    fc.assert(
      fc.property(fc.array(fc.oneof(fc.string(), fc.constantFrom("", ":", "1:", "1:a", "0:"))), (list) => {
        expect(parts(lengthDelimited(list))).toEqual(list);
      }),
    );
  });
});

import { describe, expect, it } from "@jest/globals";
import fc from "fast-check";
import { decodeMessage, encodeMessage, FrameReader, frameOf } from "./wire.ts";

function roundTrip(message: unknown): unknown {
  return decodeMessage(Buffer.from(encodeMessage(message)), 20);
}

describe("encodeMessage and decodeMessage", () => {
  it("carry text, numbers and bytes unchanged", () => {
    const message = { a: ["ä\n", 1.5, null, true], body: new Uint8Array([0, 255, 10]) };
    const back = roundTrip(message) as typeof message;
    expect(back.a).toEqual(message.a);
    expect([...back.body]).toEqual([0, 255, 10]);
  });

  it("carries a Buffer as bytes", () => {
    expect((roundTrip({ body: Buffer.from("x") }) as { body: Uint8Array }).body).toBeInstanceOf(Uint8Array);
  });

  it.each(["__proto__", "constructor", "prototype"])("refuses the key %s at any level", (key) => {
    expect(() => decodeMessage(Buffer.from(`{"a":[{"${key}":1}]}`), 8)).toThrow(key);
  });

  it("refuses what nests deeper than allowed", () => {
    expect(decodeMessage(Buffer.from("[[[]]]"), 3)).toEqual([[[]]]);
    expect(() => decodeMessage(Buffer.from("[[[[]]]]"), 3)).toThrow("nested");
    expect(() => decodeMessage(Buffer.from(`${"[".repeat(1e5)}${"]".repeat(1e5)}`), 8)).toThrow("nested");
  });

  it("refuses what is not JSON", () => {
    expect(() => decodeMessage(Buffer.from("{"), 8)).toThrow("not JSON");
  });
});

describe("FrameReader", () => {
  it("finds the same messages however the bytes are cut", () => {
    fc.assert(
      fc.property(fc.array(fc.string()), fc.array(fc.integer({ min: 1, max: 20 })), (texts, cuts) => {
        const reader = new FrameReader(1_000);
        let rest = Buffer.concat(texts.map(frameOf));
        const found: string[] = [];
        for (let index = 0; rest.byteLength > 0; index++) {
          const size = cuts[index % cuts.length] ?? 3;
          found.push(...[...reader.push(rest.subarray(0, size))].map((frame) => frame.toString("utf8")));
          rest = rest.subarray(size);
        }
        expect(found).toEqual(texts.map((text) => Buffer.from(text).toString("utf8")));
      }),
    );
  });

  it("refuses a message by its announced length, before it arrives", () => {
    expect(() => [...new FrameReader(10).push(Buffer.from([0, 0, 0, 11]))]).toThrow("11 bytes");
  });
});

import { describe, expect, it } from "@jest/globals";
import { createCursorCodec } from "./cursor.ts";

const codec = createCursorCodec("s".repeat(32));
const KEY = ["high", "0190a0a0-0000-7000-8000-000000000000"];

describe("createCursorCodec", () => {
  it("gives back the key it was given", () => {
    expect(codec.decode(codec.encode(KEY, "findings"), "findings")).toEqual(KEY);
  });

  it("refuses a cursor of another list, of another server and one that was changed", () => {
    const cursor = codec.encode(KEY, "findings");
    const changed = `${cursor.slice(0, -1)}${cursor.endsWith("A") ? "B" : "A"}`;
    expect(() => codec.decode(cursor, "findings?status=open")).toThrow("does not belong to this list");
    expect(() => createCursorCodec("t".repeat(32)).decode(cursor, "findings")).toThrow("does not belong");
    for (const bad of [changed, "", "AA", "not base64!"]) {
      expect(() => codec.decode(bad, "findings")).toThrow("does not belong to this list");
    }
  });
});

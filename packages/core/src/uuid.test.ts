import { describe, expect, it } from "@jest/globals";
import fc from "fast-check";
import { uuidv7 } from "./uuid.ts";

describe("uuidv7", () => {
  it("has the version and variant of RFC 9562 and carries its time", () => {
    fc.assert(
      fc.property(fc.integer({ min: 0, max: 2 ** 48 - 1 }), (now) => {
        const id = uuidv7(now);
        expect(id).toMatch(/^[0-9a-f]{8}-[0-9a-f]{4}-7[0-9a-f]{3}-[89ab][0-9a-f]{3}-[0-9a-f]{12}$/);
        expect(Number.parseInt(id.replaceAll("-", "").slice(0, 12), 16)).toBe(now);
      }),
    );
  });

  it("sorts by time", () => {
    fc.assert(
      fc.property(fc.integer({ min: 0, max: 2 ** 48 - 2 }), (now) => {
        expect(uuidv7(now) < uuidv7(now + 1)).toBe(true);
      }),
    );
  });

  it("gives no id twice in one millisecond", () => {
    const ids = Array.from({ length: 10_000 }, () => uuidv7(0));
    expect(new Set(ids).size).toBe(ids.length);
  });
});

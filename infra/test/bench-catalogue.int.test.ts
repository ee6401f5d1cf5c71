import { existsSync } from "node:fs";
import { join } from "node:path";
import { describe, expect, it } from "@jest/globals";
import { BENCHES } from "../bench/catalogue.ts";

describe("the catalogue of benches", () => {
  const bars = BENCHES.flatMap((bench) => bench.bars);

  it("has each bar of reliability, P1 to P15, in one place", () => {
    const wanted = Array.from({ length: 15 }, (_, index) => `P${index + 1}`);
    expect(bars).toEqual(expect.arrayContaining(wanted));
    expect(new Set(bars).size).toBe(bars.length);
  });

  it.each(BENCHES.map(({ file }) => file))("has %s", (file) => {
    expect(existsSync(join(import.meta.dirname, "../bench", file))).toBe(true);
  });
});

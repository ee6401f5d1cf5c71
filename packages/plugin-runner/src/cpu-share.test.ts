import { describe, expect, it } from "@jest/globals";
import { type Burning, judge, type Look } from "./cpu-share.ts";

/** What is thought of a plugin after each look, 200 ms apart. */
function judged(...looks: Look[]): boolean[] {
  let burning: Burning = { isBurner: false, ranMs: 0, calmLooks: 0 };
  return looks.map((look) => {
    burning = judge(burning, look);
    return burning.isBurner;
  });
}

const FULL: Look = { ranMs: 200, wanted: 1 };
const QUIET: Look = { ranMs: 20, wanted: 0.1 };
const times = (count: number, look: Look) => Array<Look>(count).fill(look);

describe("a plugin", () => {
  it("is a burner when it ran half a second without a pause", () => {
    expect(judged(...times(3, FULL))).toEqual([false, false, true]);
  });

  it("is none by working hard with pauses", () => {
    expect(judged(FULL, FULL, { ranMs: 170, wanted: 0.85 }, FULL, FULL)).not.toContain(true);
  });

  it("is none yet after two seconds of which it waited most for a processor", () => {
    expect(judged(...times(10, { ranMs: 40, wanted: 1 }))).not.toContain(true);
  });

  it("stays one while it is only kept from running, and is none any more after five quiet looks in a row", () => {
    const burnt = times(3, FULL);
    const kept = times(10, { ranMs: 5, wanted: 1 });
    expect(judged(...burnt, ...kept).at(-1)).toBe(true);
    expect(judged(...burnt, ...times(4, QUIET), FULL, ...times(5, QUIET)).slice(-2)).toEqual([true, false]);
  });
});

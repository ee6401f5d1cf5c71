import { describe, expect, it } from "@jest/globals";
import { type Burning, judge, type Look } from "./cpu-share.ts";

/** What is thought of a plugin after each look. */
function judged(...looks: Look[]): boolean[] {
  let burning: Burning = { isBurner: false, ranMs: 0, calmLooks: 0 };
  return looks.map((look) => {
    burning = judge(burning, look);
    return burning.isBurner;
  });
}

function look(ranMs: number, waitedMs = 0, hasSpoken = false): Look {
  return { elapsedMs: 100, ranMs, waitedMs, hasSpoken };
}

const times = (count: number, one: Look) => Array<Look>(count).fill(one);
const BURNT = times(3, look(70, 30));

describe("a plugin", () => {
  it("is a burner when it ran a fifth of a second without a pause", () => {
    expect(judged(...BURNT)).toEqual([false, false, true]);
  });

  it("is one whatever it says when it has a processor for itself", () => {
    expect(judged(...times(3, look(95, 0, true)))).toEqual([false, false, true]);
  });

  it("is none by working hard with pauses", () => {
    expect(judged(look(100), look(90), look(85), look(100), look(90))).not.toContain(true);
  });

  it("is none by waiting for a processor while it reports", () => {
    expect(judged(...times(50, look(50, 50, true)))).not.toContain(true);
  });

  it("stays one while it is only kept from running, and is none any more after five quiet looks in a row", () => {
    const kept = times(10, look(3, 97));
    expect(judged(...BURNT, ...kept).at(-1)).toBe(true);
    const quiet = look(10);
    expect(judged(...BURNT, ...times(4, quiet), look(90), ...times(5, quiet)).slice(-2)).toEqual([
      true,
      false,
    ]);
  });
});

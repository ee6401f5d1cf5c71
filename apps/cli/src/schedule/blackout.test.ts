import { describe, expect, it } from "@jest/globals";
import { blackout } from "./blackout.ts";

describe("blackout", () => {
  it.each([
    ["mon-fri 08:00-18:00", ["mon", "tue", "wed", "thu", "fri"]],
    ["sat,sun 22:00-06:00", ["sat", "sun"]],
    ["fri-mon 00:00-24:00", ["fri", "sat", "sun", "mon"]],
    ["wed 12:00-13:00", ["wed"]],
    ["daily 12:00-13:00", ["mon", "tue", "wed", "thu", "fri", "sat", "sun"]],
  ])("reads %s", (text, days) => {
    expect(blackout(text)[0]?.days).toEqual(days);
  });

  it("adds to the windows before it", () => {
    expect(blackout("sun 00:00-24:00", blackout("sat 00:00-24:00"))).toHaveLength(2);
  });

  it.each(["mon", "mon 8-18", "noday 08:00-18:00", "mon 08:00-08:00", "mon 08:00-25:00"])(
    "refuses %s",
    (text) => {
      expect(() => blackout(text)).toThrow(/must/);
    },
  );
});

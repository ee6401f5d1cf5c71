import { setTimeout as delay } from "node:timers/promises";
import { describe, expect, it } from "@jest/globals";
import { mapInOrder } from "./map-in-order.ts";

describe("mapInOrder", () => {
  it("yields in the order of the items, whichever is done first", async () => {
    const results = mapInOrder([30, 1, 10], 3, async (ms) => {
      await delay(ms);
      return ms;
    });
    expect(await Array.fromAsync(results)).toEqual([30, 1, 10]);
  });

  it("never has more than the limit under way", async () => {
    let underWay = 0;
    let most = 0;
    const results = mapInOrder(Array.from({ length: 9 }), 3, async () => {
      underWay += 1;
      most = Math.max(most, underWay);
      await delay(2);
      underWay -= 1;
    });
    await Array.fromAsync(results);
    expect(most).toBe(3);
  });

  it("throws a rejection when its turn comes", async () => {
    const seen: number[] = [];
    const results = mapInOrder([1, 2, 3], 3, async (number) => {
      if (number === 2) throw new Error("two");
      return number;
    });
    const read = async () => {
      for await (const number of results) seen.push(number);
    };
    await expect(read()).rejects.toThrow("two");
    expect(seen).toEqual([1]);
  });
});

import { describe, expect, it } from "@jest/globals";
import { createBatcher } from "./batcher.ts";

describe("createBatcher", () => {
  it("writes what arrives during a write together, in order, in groups of the given size", async () => {
    const groups: number[][] = [];
    const add = createBatcher<number>(async (items) => {
      groups.push(items);
      await Promise.resolve();
    }, 3);
    await Promise.all([1, 2, 3, 4, 5].map(add));
    expect(groups).toEqual([[1], [2, 3, 4], [5]]);
  });

  it("fails those whose write failed, and no others", async () => {
    const add = createBatcher<number>(async (items) => {
      if (items.includes(2)) throw new Error("no");
    }, 1);
    const results = await Promise.allSettled([1, 2, 3].map(add));
    expect(results.map(({ status }) => status)).toEqual(["fulfilled", "rejected", "fulfilled"]);
  });
});

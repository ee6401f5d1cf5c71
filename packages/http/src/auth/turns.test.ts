import { describe, expect, it } from "@jest/globals";
import { createTurns } from "./turns.ts";

describe("turns", () => {
  it("go one after another, and what passes waits for those before it", async () => {
    const turns = createTurns();
    const seen: string[] = [];
    const end = await turns.take();
    const second = turns.take().then((endSecond) => {
      seen.push("second");
      endSecond();
    });
    const passing = turns.pass().then(() => seen.push("passing"));
    await new Promise((resolve) => setImmediate(resolve));
    expect(seen).toEqual([]);
    end();
    await Promise.all([second, passing]);
    expect(seen).toEqual(["second", "passing"]);
  });
});

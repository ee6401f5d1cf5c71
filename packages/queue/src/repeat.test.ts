import { describe, expect, it } from "@jest/globals";
import { repeat } from "./repeat.ts";

describe("repeat", () => {
  it("goes on after a round that failed, and says so", async () => {
    const errors: string[] = [];
    const { promise: thirdRound, resolve } = Promise.withResolvers<void>();
    let rounds = 0;
    const task = async () => {
      if (++rounds === 3) resolve();
      if (rounds < 3) throw new Error(`round ${rounds}`);
    };
    const repetition = repeat(task, { pauseMs: 0, onError: ({ message }) => void errors.push(message) });
    await thirdRound;
    await repetition.stop();
    expect(errors).toEqual(["round 1", "round 2"]);
  });

  it("ends when the round under way is over, and at once during a pause", async () => {
    const round = Promise.withResolvers<void>();
    let isOver = false;
    const busy = repeat(() => round.promise, { pauseMs: 0, onError: () => undefined });
    const stopping = busy.stop().then(() => {
      isOver = true;
    });
    await new Promise((resolve) => setImmediate(resolve));
    expect(isOver).toBe(false);
    round.resolve();
    await stopping;
    const pausing = repeat(async () => undefined, { pauseMs: 3_600_000, onError: () => undefined });
    await pausing.stop();
  });
});

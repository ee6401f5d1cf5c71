import { readFileSync } from "node:fs";
import { getPriority } from "node:os";
import { setTimeout } from "node:timers/promises";
import { afterAll, beforeAll, describe, expect, it } from "@jest/globals";
import { answerHello, createHarness, type Harness } from "./harness.ts";

let harness: Harness;

beforeAll(async () => {
  harness = await createHarness();
});

afterAll(() => harness.close());

/** The innermost of this process' descendants: what runs in the sandbox. */
function sandboxed(pid = process.pid): number {
  const children = readFileSync(`/proc/${pid}/task/${pid}/children`, "utf8").split(" ").filter(Boolean);
  const last = children.at(-1);
  return last === undefined ? pid : sandboxed(Number(last));
}

describe("a plugin that burns a processor", () => {
  it("falls far below the others and its run says so", async () => {
    const running = harness.run("loops", { deadlineMs: 8_000 });
    let isOver = false;
    const over = running.finally(() => {
      isOver = true;
    });
    let isLowest = false;
    while (!isOver && !isLowest) {
      isLowest = getPriority(sandboxed()) === 15;
      await setTimeout(20);
    }
    expect(isLowest).toBe(true);
    const { reason, counters } = await over;
    expect(reason).toBe("timed_out");
    expect(counters.throttledMs).toBeGreaterThan(0);
  }, 30_000);

  it("starts below the worker, and is not held back while it works with pauses", async () => {
    const seen: number[] = [];
    const { counters } = await harness.run("completes", {
      settings: { count: 300 },
      ports: {
        // It waits for the answer, so it is there to be looked at.
        http: async (request, signal) => {
          seen.push(getPriority(sandboxed()));
          return answerHello(request, signal);
        },
      },
    });
    expect(seen).toEqual([2]);
    expect(counters.throttledMs).toBe(0);
  }, 30_000);
});

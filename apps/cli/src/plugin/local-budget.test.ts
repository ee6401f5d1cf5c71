import { describe, expect, it } from "@jest/globals";
import { createLocalBudget } from "./local-budget.ts";

describe("createLocalBudget", () => {
  it("spaces requests evenly, the first at once", async () => {
    const budget = createLocalBudget(100);
    const { signal } = new AbortController();
    const startedAt = performance.now();
    await Promise.all([1, 2, 3, 4, 5].map(() => budget.acquire(signal)));
    expect(performance.now() - startedAt).toBeGreaterThanOrEqual(38);
  });

  it("gives no permit once it is cancelled", async () => {
    expect(await createLocalBudget().acquire(AbortSignal.abort())).toBe("cancelled");
  });
});

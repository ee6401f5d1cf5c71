import { afterEach, beforeEach, describe, expect, it, jest } from "@jest/globals";
import { createDeadline } from "./deadline.ts";

beforeEach(() => void jest.useFakeTimers());
afterEach(() => void jest.useRealTimers());

const pass = (ms: number) => jest.advanceTimersByTimeAsync(ms);

function wait(ms: number): () => Promise<void> {
  return () => new Promise((resolve) => void setTimeout(resolve, ms));
}

describe("createDeadline", () => {
  it("aborts when its time is up, not before", async () => {
    const { signal } = createDeadline(100, []);
    await pass(99);
    expect(signal.aborted).toBe(false);
    await pass(2);
    expect(signal.reason).toMatchObject({ reason: "timed_out" });
  });

  it.each([
    ["shorter than its time", 30],
    ["longer than its time", 300],
  ])("does not count a hold %s", async (_, heldMs) => {
    const { signal, hold } = createDeadline(100, []);
    await pass(50);
    const held = hold(wait(heldMs));
    await pass(heldMs);
    await held;
    await pass(49);
    expect(signal.aborted).toBe(false);
    await pass(2);
    expect(signal.aborted).toBe(true);
  });

  it("aborts with its parent, and neither with it nor by time once it is disposed of", async () => {
    const parent = new AbortController();
    const [one, other] = [createDeadline(100, [parent.signal]), createDeadline(100, [parent.signal])];
    other.dispose();
    parent.abort();
    await pass(200);
    expect(one.signal.reason).toMatchObject({ reason: "cancelled" });
    expect(other.signal.aborted).toBe(false);
  });
});

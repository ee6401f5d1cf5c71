import { describe, expect, it } from "@jest/globals";
import { createTurnstile, unlessAborted } from "./turnstile.ts";

const never = new AbortController().signal;

describe("turnstile", () => {
  it("lets one through at a time, in order", async () => {
    const turnstile = createTurnstile();
    const order: number[] = [];
    const pass = async (number: number) => {
      const leave = await turnstile.enter(never);
      order.push(number);
      await Promise.resolve();
      order.push(number);
      leave?.();
    };
    await Promise.all([pass(1), pass(2), pass(3)]);
    expect(order).toEqual([1, 1, 2, 2, 3, 3]);
  });

  it("does not let anyone pass before the one in front of a caller who gave up", async () => {
    const turnstile = createTurnstile();
    const first = await turnstile.enter(never);
    const leaving = new AbortController();
    const second = turnstile.enter(leaving.signal);
    let isThrough = false;
    const third = turnstile.enter(never).then(() => {
      isThrough = true;
    });
    leaving.abort();
    expect(await second).toBeNull();
    await new Promise((resolve) => setImmediate(resolve));
    expect(isThrough).toBe(false);
    first?.();
    await third;
    expect(isThrough).toBe(true);
  });
});

describe("unlessAborted", () => {
  it("gives null at once when the signal fired, before or meanwhile", async () => {
    const controller = new AbortController();
    const pending = unlessAborted(new Promise(() => undefined), controller.signal);
    controller.abort();
    expect(await pending).toBeNull();
    expect(await unlessAborted(Promise.resolve(1), controller.signal)).toBeNull();
    expect(await unlessAborted(Promise.resolve(1), never)).toBe(1);
  });
});

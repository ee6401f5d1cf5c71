import { setTimeout as sleep } from "node:timers/promises";

export type WaitOptions = {
  /** Default 5,000. */
  timeoutMs?: number;
  /** Time between two looks. Default 20. */
  intervalMs?: number;
  /** What is waited for, for the error. Default "the condition". */
  what?: string;
};

/**
 * Looks until the condition gives something truthy, and returns it. A condition that throws counts as not yet met; its
 * last error becomes the cause of the time-out.
 */
export async function waitFor<T>(
  condition: () => T | Promise<T>,
  { timeoutMs = 5_000, intervalMs = 20, what = "the condition" }: WaitOptions = {},
): Promise<NonNullable<T>> {
  const deadline = Date.now() + timeoutMs;
  let cause: unknown;
  while (Date.now() < deadline) {
    try {
      const value = await condition();
      if (value) return value;
    } catch (error) {
      cause = error;
    }
    await sleep(intervalMs);
  }
  throw new Error(`${what} was not met within ${timeoutMs} ms`, { cause });
}

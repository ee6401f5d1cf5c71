import { setTimeout as sleep } from "node:timers/promises";

export type UntilOptions = {
  /** Default 30,000. */
  timeoutMs?: number;
  /** Called before every attempt; what it throws ends the waiting. */
  guard?: () => void;
};

/** Repeats `attempt` every 25 ms until it does not throw; when the time is over, throws its last error. */
export async function until<T>(attempt: () => Promise<T>, options: UntilOptions = {}): Promise<T> {
  const deadline = Date.now() + (options.timeoutMs ?? 30_000);
  for (;;) {
    options.guard?.();
    try {
      return await attempt();
    } catch (error) {
      if (Date.now() > deadline) throw error;
      await sleep(25);
    }
  }
}

import { setTimeout as sleep } from "node:timers/promises";

/** Repeats `attempt` every 25 ms until it does not throw; after `timeoutMs` (default 30,000) throws its last error. */
export async function until<T>(attempt: () => Promise<T>, timeoutMs = 30_000): Promise<T> {
  const deadline = Date.now() + timeoutMs;
  for (;;) {
    try {
      return await attempt();
    } catch (error) {
      if (Date.now() > deadline) throw error;
      await sleep(25);
    }
  }
}

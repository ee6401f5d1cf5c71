import { setTimeout as sleep } from "node:timers/promises";
import type { RequestBudget } from "@picket/core";

/** As a person trying a plugin wants it: quick, yet no burden for a development server. */
const REQUESTS_PER_SECOND = 20;

/** A budget for one process: requests start evenly spaced. */
export function createLocalBudget(requestsPerSecond = REQUESTS_PER_SECOND): RequestBudget {
  let nextAt = 0;
  return {
    async acquire(signal) {
      const now = performance.now();
      const startAt = Math.max(now, nextAt);
      nextAt = startAt + 1_000 / requestsPerSecond;
      try {
        await sleep(startAt - now, undefined, { signal });
      } catch {
        return "cancelled";
      }
      return { release: () => undefined };
    },
  };
}

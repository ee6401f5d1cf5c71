import { setTimeout as sleep } from "node:timers/promises";
import { AppError } from "@picket/core";
import { isUnavailable } from "@picket/db";

/** Pause before a store that is away is tried again; it doubles up to `LONGEST_PAUSE_MS`. */
const FIRST_PAUSE_MS = 100;
const LONGEST_PAUSE_MS = 2_000;

/**
 * Does something that may be done twice, again and again for as long as the database or the body store is away: who
 * asked for it waits. Rejects with what it last failed with once `signal` fires, and at once with any other failure.
 */
export async function patiently<Result>(
  work: () => Promise<Result>,
  { signal, onWait }: { signal: AbortSignal; onWait?: (error: unknown) => void },
): Promise<Result> {
  for (let pauseMs = FIRST_PAUSE_MS; ; pauseMs = Math.min(2 * pauseMs, LONGEST_PAUSE_MS)) {
    try {
      return await work();
    } catch (error) {
      if (signal.aborted || !isAway(error)) throw error;
      onWait?.(error);
      await sleep(pauseMs, undefined, { signal }).catch(() => {
        throw error;
      });
    }
  }
}

function isAway(error: unknown): boolean {
  if (error instanceof AppError)
    return error.code === "DATABASE_UNAVAILABLE" || error.code === "STORAGE_UNAVAILABLE";
  return isUnavailable(error);
}

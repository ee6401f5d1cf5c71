import { setTimeout as sleep } from "node:timers/promises";
import { toError } from "@picket/core";

export interface Repetition {
  /** No more rounds; resolves when the one under way is over. */
  stop(): Promise<void>;
}

/** Runs a task at once and then again and again, one round after the other. A round that fails is reported. */
export function repeat(
  task: () => Promise<void>,
  { pauseMs, onError }: { pauseMs: number; onError: (error: Error) => void },
): Repetition {
  const stopped = new AbortController();
  const loop = async () => {
    while (!stopped.signal.aborted) {
      await task().catch((thrown) => onError(toError(thrown)));
      await sleep(pauseMs, undefined, { signal: stopped.signal }).catch(() => undefined);
    }
  };
  const ended = loop();
  return {
    stop() {
      stopped.abort();
      return ended;
    },
  };
}

import { FetchError } from "./fetch-error.ts";

/** Bounds one exchange: its signal aborts with a `FetchError` as reason when time is up or a parent signal fires. */
export interface Deadline {
  readonly signal: AbortSignal;
  /** Runs `work` with the clock stopped: waiting for our own budget or storage is not the target's time. */
  hold<T>(work: () => Promise<T>): Promise<T>;
  /** Stops the clock and lets go of the parents. */
  dispose(): void;
}

export function createDeadline(timeoutMs: number, parents: readonly AbortSignal[]): Deadline {
  const controller = new AbortController();
  let remainingMs = timeoutMs;
  let startedAt = 0;
  let timer: NodeJS.Timeout | undefined;

  const expire = () =>
    controller.abort(new FetchError("timed_out", `no complete response within ${timeoutMs} ms`));
  const cancel = () => controller.abort(new FetchError("cancelled", "the request was cancelled"));
  const start = () => {
    startedAt = performance.now();
    timer = setTimeout(expire, remainingMs);
  };
  const stop = () => {
    clearTimeout(timer);
    remainingMs = Math.max(0, remainingMs - (performance.now() - startedAt));
  };

  for (const parent of parents) {
    if (parent.aborted) cancel();
    else parent.addEventListener("abort", cancel, { once: true });
  }
  start();

  return {
    signal: controller.signal,
    async hold(work) {
      stop();
      try {
        return await work();
      } finally {
        start();
      }
    },
    dispose() {
      clearTimeout(timer);
      for (const parent of parents) parent.removeEventListener("abort", cancel);
    },
  };
}

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
  let endsAt = performance.now() + timeoutMs;
  let isHeld = false;
  let timer: NodeJS.Timeout | undefined;

  const expire = () =>
    controller.abort(new FetchError("timed_out", `no complete response within ${timeoutMs} ms`));
  const cancel = () => controller.abort(new FetchError("cancelled", "the request was cancelled"));
  // One timer for a whole request, which looks when it fires how much of its time did not count.
  const look = () => {
    timer = undefined;
    if (isHeld) return;
    const leftMs = endsAt - performance.now();
    if (leftMs > 0) timer = setTimeout(look, leftMs);
    else expire();
  };

  for (const parent of parents) {
    if (parent.aborted) cancel();
    else parent.addEventListener("abort", cancel, { once: true });
  }
  look();

  return {
    signal: controller.signal,
    async hold(work) {
      const since = performance.now();
      isHeld = true;
      try {
        return await work();
      } finally {
        isHeld = false;
        endsAt += performance.now() - since;
        if (timer === undefined) look();
      }
    },
    dispose() {
      clearTimeout(timer);
      for (const parent of parents) parent.removeEventListener("abort", cancel);
    },
  };
}

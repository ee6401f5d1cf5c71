/** Lets one caller through at a time, in the order in which they came. */
export interface Turnstile {
  /** Resolves with the way to let the next one through, or with null when the signal fires first. */
  enter(signal: AbortSignal): Promise<(() => void) | null>;
}

export function createTurnstile(): Turnstile {
  let last: Promise<void> = Promise.resolve();
  return {
    async enter(signal) {
      const before = last;
      const { promise, resolve: leave } = Promise.withResolvers<void>();
      last = promise;
      const isFirst = await unlessAborted(
        before.then(() => true),
        signal,
      );
      if (isFirst) return leave;
      before.then(leave);
      return null;
    },
  };
}

/** The promise's value, or null as soon as the signal fires. */
export async function unlessAborted<Value>(
  promise: Promise<Value>,
  signal: AbortSignal,
): Promise<Value | null> {
  if (signal.aborted) return null;
  const { promise: aborted, resolve } = Promise.withResolvers<null>();
  const abort = () => resolve(null);
  signal.addEventListener("abort", abort, { once: true });
  try {
    return await Promise.race([promise, aborted]);
  } finally {
    signal.removeEventListener("abort", abort);
  }
}

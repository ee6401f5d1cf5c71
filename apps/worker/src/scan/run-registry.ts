/** Why a run is ended before its time. */
export type StopCause = "cancelled" | "unhealthy" | "lease_lost" | "shutdown";

const WORDS: Record<StopCause, string> = {
  cancelled: "the scan was cancelled",
  unhealthy: "a health signal stopped the scan",
  lease_lost: "the worker lost its lease on the run",
  shutdown: "the worker is shutting down",
};

/** One run in hand. */
export interface RunControl {
  readonly signal: AbortSignal;
  /** The first cause; null while the run may go on. */
  cause(): StopCause | null;
  stop(cause: StopCause): void;
  /** The run has ended and is no longer in hand. */
  done(): void;
}

export interface RunRegistry {
  /** True once no more runs are to be started. */
  readonly isClosed: boolean;
  open(scanId: string): RunControl;
  /** Does the work of one attempt, unless it is being done already: null. A job may be delivered twice at once. */
  once<Result>(attempt: string, work: () => Promise<Result>): Promise<Result | null>;
  /** No more runs from now on. */
  close(): void;
  stopAll(cause: StopCause): void;
  stopScan(scanId: string, cause: StopCause): void;
}

export function createRunRegistry(): RunRegistry {
  const inHand = new Map<RunControl, string>();
  const attempts = new Set<string>();
  let isClosed = false;
  return {
    get isClosed() {
      return isClosed;
    },
    open(scanId) {
      const control = createControl(() => inHand.delete(control));
      inHand.set(control, scanId);
      return control;
    },
    async once(attempt, work) {
      if (attempts.has(attempt)) return null;
      attempts.add(attempt);
      try {
        return await work();
      } finally {
        attempts.delete(attempt);
      }
    },
    close() {
      isClosed = true;
    },
    stopAll(cause) {
      for (const control of inHand.keys()) control.stop(cause);
    },
    stopScan(scanId, cause) {
      for (const [control, of] of inHand) if (of === scanId) control.stop(cause);
    },
  };
}

function createControl(onDone: () => void): RunControl {
  const controller = new AbortController();
  let first: StopCause | null = null;
  return {
    signal: controller.signal,
    cause: () => first,
    stop(cause) {
      first ??= cause;
      controller.abort(new Error(WORDS[first]));
    },
    done: onDone,
  };
}

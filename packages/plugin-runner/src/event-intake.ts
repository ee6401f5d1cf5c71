import { AppError, type PluginEvent } from "@picket/core";
import { createEventCheck, EVENT_CREDITS } from "@picket/plugin-sdk/protocol";

export interface EventIntake {
  /** Checks a batch and queues it. Throws PROTOCOL_VIOLATION. */
  accept(batch: readonly unknown[]): void;
  /** When everything accepted so far is stored or dropped. Never rejects. */
  settled(): Promise<void>;
  /** Drops what is not being stored yet: the run is over. */
  close(): void;
  readonly stored: { events: number; batches: number };
}

export interface EventIntakeOptions {
  emits: readonly string[];
  store(batch: PluginEvent[]): Promise<void>;
  /** A batch of `count` events is stored: the plugin may send as many again. */
  onStored(count: number): void;
  /** A batch could not be stored. It is called once; what is queued behind is dropped. */
  onFailure(error: unknown): void;
}

/** Takes a plugin's events, one batch at a time, and holds it to its credits. */
export function createEventIntake({ emits, store, onStored, onFailure }: EventIntakeOptions): EventIntake {
  const check = createEventCheck(emits);
  const stored = { events: 0, batches: 0 };
  let outstanding = 0;
  let isClosed = false;
  let last: Promise<void> = Promise.resolve();

  async function storeNext(batch: PluginEvent[]): Promise<void> {
    if (isClosed) return;
    try {
      await store(batch);
      outstanding -= batch.length;
      stored.events += batch.length;
      stored.batches += 1;
      onStored(batch.length);
    } catch (error) {
      isClosed = true;
      onFailure(error);
    }
  }

  return {
    stored,
    accept(raw) {
      outstanding += raw.length;
      if (outstanding > EVENT_CREDITS)
        throw new AppError(
          "PROTOCOL_VIOLATION",
          `${outstanding} events without credit for more than ${EVENT_CREDITS}`,
        );
      const batch = raw.map(check);
      last = last.then(() => storeNext(batch));
    },
    settled: () => last,
    close() {
      isClosed = true;
    },
  };
}

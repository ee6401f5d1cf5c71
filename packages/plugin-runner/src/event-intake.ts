import { AppError, type PluginEvent } from "@picket/core";
import { createEventCheck, EVENT_CREDITS } from "@picket/plugin-sdk/protocol";

export interface EventIntake {
  /** Checks a batch and queues it. Throws PROTOCOL_VIOLATION. */
  accept(batch: readonly unknown[]): void;
  /** When everything accepted so far is stored, or dropped because the store failed. Never rejects. */
  settled(): Promise<void>;
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

/**
 * Takes a plugin's events and holds it to its credits. One batch is stored at a time; what comes meanwhile is the next
 * one, as every batch costs a transaction.
 */
export function createEventIntake({ emits, store, onStored, onFailure }: EventIntakeOptions): EventIntake {
  const check = createEventCheck(emits);
  const stored = { events: 0, batches: 0 };
  let waiting: PluginEvent[] = [];
  let outstanding = 0;
  let hasFailed = false;
  let isStoring = false;
  let storing: Promise<void> = Promise.resolve();

  async function storeWaiting(): Promise<void> {
    isStoring = true;
    try {
      while (waiting.length > 0 && !hasFailed) await storeNext();
    } catch (error) {
      hasFailed = true;
      onFailure(error);
    }
    isStoring = false;
  }

  async function storeNext(): Promise<void> {
    const batch = waiting;
    waiting = [];
    await store(batch);
    outstanding -= batch.length;
    stored.events += batch.length;
    stored.batches += 1;
    onStored(batch.length);
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
      waiting.push(...raw.map(check));
      if (!isStoring) storing = storeWaiting();
    },
    settled: () => storing,
  };
}

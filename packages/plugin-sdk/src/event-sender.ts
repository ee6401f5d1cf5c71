import type { PluginEventInput } from "@picket/core";
import { EVENT_CREDITS, MAX_EVENTS_BYTES, MAX_EVENTS_PER_MESSAGE } from "./limits.ts";
import { Semaphore } from "./semaphore.ts";
import { encodeMessage } from "./wire.ts";

/** `{"kind":"events","events":[]}` and a comma for each event. */
const ENVELOPE_BYTES = 30 + MAX_EVENTS_PER_MESSAGE;

export interface EventSender {
  /** Resolves when the event is on its way or about to be; waits while the parent has granted no credit. */
  add(event: PluginEventInput): Promise<void>;
  flush(): void;
  credit(count: number): void;
}

/**
 * Sends events in batches within the channel's limits. A batch leaves when it is full, when credit runs out, or at the
 * end of the current turn of the event loop, so that a lone event is not held back.
 */
export function createEventSender(sendText: (text: string) => void): EventSender {
  const credits = new Semaphore(EVENT_CREDITS);
  let texts: string[] = [];
  let bytes = ENVELOPE_BYTES;
  let timer: NodeJS.Immediate | undefined;

  function flush(): void {
    clearImmediate(timer);
    timer = undefined;
    if (texts.length === 0) return;
    sendText(`{"kind":"events","events":[${texts.join(",")}]}`);
    texts = [];
    bytes = ENVELOPE_BYTES;
  }

  async function add(event: PluginEventInput): Promise<void> {
    const text = encodeMessage(event);
    const size = Buffer.byteLength(text);
    if (ENVELOPE_BYTES + size > MAX_EVENTS_BYTES)
      throw new RangeError(`a ${event.event} event of ${size} bytes is larger than ${MAX_EVENTS_BYTES}`);
    const isFull = texts.length === MAX_EVENTS_PER_MESSAGE || bytes + size > MAX_EVENTS_BYTES;
    if (isFull || credits.free === 0) flush();
    await credits.take();
    texts.push(text);
    bytes += size;
    timer ??= setImmediate(flush);
  }

  return { add, flush, credit: (count) => credits.give(count) };
}

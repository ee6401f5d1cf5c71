import { AppError } from "@picket/core";
import { createParser } from "eventsource-parser";

/** One server-sent event (HTML standard, §9.2). */
export interface ServerEvent {
  /** To go on after it, give it as `lastEventId`. */
  id?: string;
  /** `message` when the server names none. */
  event: string;
  data: string;
}

/** Characters of an event that has not ended yet. */
const MAX_EVENT_LENGTH = 1024 * 1024;

/**
 * The events of a `text/event-stream` body as they arrive. An unfinished one at the end is dropped, as the standard
 * says; one longer than 1 Mi characters throws PROTOCOL_VIOLATION.
 */
export async function* readEvents(
  chunks: AsyncIterable<Uint8Array>,
): AsyncGenerator<ServerEvent, void, void> {
  const arrived: ServerEvent[] = [];
  const parser = createParser({
    maxBufferSize: MAX_EVENT_LENGTH,
    onError({ type, message }) {
      if (type === "max-buffer-size-exceeded") throw new AppError("PROTOCOL_VIOLATION", message);
    },
    onEvent: ({ id, event = "message", data }) =>
      arrived.push({ ...(id !== undefined && { id }), event, data }),
  });
  const decoder = new TextDecoder();
  for await (const chunk of chunks) {
    parser.feed(decoder.decode(chunk, { stream: true }));
    yield* arrived.splice(0);
  }
}

/** Limits of the channel between a plugin's process and the worker. The child keeps them, the parent enforces them. */

/** Events in one message. Few enough that a batch is one short transaction. */
export const MAX_EVENTS_PER_MESSAGE = 32;

/** A message of events, bytes: 32 events of 8 KiB each, or one with a long body. */
export const MAX_EVENTS_BYTES = 256 * 1024;

/** Any other message from the child, bytes: a request body of 1 MiB in base64, with its headers. */
export const MAX_MESSAGE_BYTES = 2 * 1024 * 1024;

/** Any message to the child, bytes. It comes from the worker, so this only catches mistakes. */
export const MAX_MESSAGE_TO_CHILD_BYTES = 64 * 1024 * 1024;

/** Objects and arrays inside one another. A pack's evidence has four levels above its details. */
export const MAX_MESSAGE_DEPTH = 8;

/** The manifest carries a JSON Schema, which nests deeper than data. */
export const MAX_MANIFEST_DEPTH = 20;

/** Events that may be sent and not yet stored; the worker returns the credit when they are. */
export const EVENT_CREDITS = 256;

/** Requests and session queries that may be waiting for their answer. */
export const MAX_PENDING_CALLS = 64;

/** Log lines of one run; the child counts the rest. */
export const MAX_LOG_LINES = 1_000;

/** Characters of one log message. */
export const MAX_LOG_LENGTH = 2_000;

export { createEventCheck } from "./event-check.ts";
export { forgetOldest, NAMED_EVIDENCE } from "./evidence-names.ts";
export * from "./limits.ts";
export {
  ChildMessage,
  type LogLine,
  type ParentMessage,
  type RemoteError,
  type SessionQuery,
} from "./messages.ts";
export { CHANNEL_FD, decodeMessage, encodeMessage, FrameReader, frameOf } from "./wire.ts";

export type { BodyPage, BodyStore, ListedBody, StoredBody } from "./body-store.ts";
export { createStore, type StoreConfig } from "./create-store.ts";
export { createLocalStore } from "./local-store.ts";
export { type RedactedBody, redactBody } from "./redaction/redact-body.ts";
export { redactHeaders } from "./redaction/redact-headers.ts";
export { redactJson } from "./redaction/redact-json.ts";
export { redactText } from "./redaction/redact-text.ts";
export { redactUrl } from "./redaction/redact-url.ts";
export { REDACTION_VERSION, type RedactionPolicy } from "./redaction/redaction-mark.ts";
export { createS3Store, type S3StoreOptions } from "./s3-store.ts";
export {
  type BodyOptions,
  type BodyRecord,
  type PreparedBody,
  prepareBody,
  storeBody,
} from "./store-body.ts";
export { type OrphanSweep, sweepOrphans } from "./sweep-orphans.ts";

export type { BodyPage, BodyStore, ListedBody, StoredBody } from "./body-store.ts";
export { createStore, type StoreConfig } from "./create-store.ts";
export { createLocalStore } from "./local-store.ts";
export { createS3Store, type S3StoreOptions } from "./s3-store.ts";
export { type OrphanSweep, sweepOrphans } from "./sweep-orphans.ts";

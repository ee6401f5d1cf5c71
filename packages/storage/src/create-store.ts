import type { BodyStore } from "./body-store.ts";
import { createLocalStore } from "./local-store.ts";
import { createS3Store, type S3StoreOptions } from "./s3-store.ts";

export type StoreConfig = { kind: "local"; dir: string } | ({ kind: "s3" } & S3StoreOptions);

/** The configured store. Await its `check` at start: nothing is touched before. */
export function createStore(config: StoreConfig): BodyStore {
  return config.kind === "local" ? createLocalStore(config) : createS3Store(config);
}

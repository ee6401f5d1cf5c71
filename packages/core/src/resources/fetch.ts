import { z } from "zod";
import { StorageMode } from "../vocabulary.ts";
import { Id, JsonObject, Sha256, Timestamp } from "./common.ts";

/** One request and its response, as lists show it. */
export const FetchResource = z
  .object({
    id: Id,
    scanId: Id,
    moduleRunId: Id,
    plugin: z.string(),
    origin: z.enum(["broker", "plugin"]),
    authenticated: z.boolean().describe("Sent with the credentials of the scan's auth profile."),
    method: z.string(),
    url: z.string(),
    status: z.int().nullable(),
    failure: z.string().nullable().describe("Why there is no response."),
    storageMode: StorageMode,
    hasBody: z.boolean().describe("Whether `/fetches/{id}/body` has something to give."),
    bodySize: z.int().describe("Bytes received, decoded, before sampling."),
    truncated: z.boolean(),
    storageReason: z.string().nullable().describe("Why less than the whole body is stored."),
    startedAt: Timestamp,
  })
  .meta({ id: "Fetch" });
export type FetchResource = z.infer<typeof FetchResource>;

/** Secrets are redacted in all of it. */
export const FetchDetail = FetchResource.extend({
  request: JsonObject.describe("Headers as `[name, value]`, and the body's size."),
  responseMeta: JsonObject.describe("Headers, content type, protocol, address, TLS and time."),
  redirectedFromId: Id.nullable(),
  bodyHash: Sha256.nullable(),
  redactionVersion: z.int(),
}).meta({ id: "FetchDetail" });
export type FetchDetail = z.infer<typeof FetchDetail>;

export const FetchFilter = z.strictObject({ scan: Id.describe("The scan that made them.") });
export type FetchFilter = z.infer<typeof FetchFilter>;

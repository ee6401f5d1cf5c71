import type { StorageMode } from "@picket/core";
import type { BodyPreparer } from "./body-preparer.ts";
import type { BodyStore } from "./body-store.ts";
import type { BodyOptions } from "./prepare-body.ts";

/** The columns of a fetch that say what of its body is kept. */
export interface BodyRecord {
  /** `none` whenever there is no stored body. */
  storageMode: StorageMode;
  bodyPath: string | null;
  /** SHA-256 of the stored bytes, which are the redacted ones. */
  bodyHash: string | null;
  /** Bytes received, before redaction and sampling. */
  size: number;
  truncated: boolean;
  redactionVersion: number;
  reason: string | null;
  /** What is stored are the bytes that were received, all of them; so too where there were none. */
  isVerbatim: boolean;
}

/** Redacts, samples and writes a body. The row that names it is written after: a body without a row is swept up later. */
export async function storeBody(
  { bodies, preparer }: { bodies: BodyStore; preparer: BodyPreparer },
  bytes: Uint8Array,
  options: BodyOptions,
): Promise<BodyRecord> {
  const { stored, truncated, reason, redactionVersion, redactions } = await preparer.prepare(bytes, options);
  const body = stored && (await bodies.put(stored));
  return {
    storageMode: body ? options.mode : "none",
    bodyPath: body?.path ?? null,
    bodyHash: body?.sha256 ?? null,
    size: bytes.length,
    truncated,
    redactionVersion,
    reason,
    isVerbatim: !truncated && redactions === 0,
  };
}

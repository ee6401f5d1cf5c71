import type { StorageMode } from "@picket/core";
import type { BodyStore } from "./body-store.ts";
import { textCodec } from "./redaction/body-text.ts";
import { redactBody } from "./redaction/redact-body.ts";
import { REDACTION_VERSION, type RedactionPolicy } from "./redaction/redaction-mark.ts";

/** A sampled body is kept whole up to this size, and its first part beyond. */
export const SAMPLE_BYTES = 65_536;
/** Read beyond the sample while redacting, so that a secret on its edge is seen whole; no known credential is as long. */
const SAMPLE_MARGIN = 16_384;

export interface BodyOptions {
  mode: StorageMode;
  /** The response's content-type header; null when there is none. */
  contentType: string | null;
  redaction: RedactionPolicy;
  /** True when `bytes` are already less than what the target sent. Default false. */
  alreadyTruncated?: boolean;
}

export interface PreparedBody {
  /** What may be written; null: nothing. */
  stored: Uint8Array | null;
  /** True when less than the target's whole body is stored. */
  truncated: boolean;
  /** Why; null when the whole body is stored. */
  reason: string | null;
  redactionVersion: number;
  redactions: number;
}

/** What of a body is written under a storage mode, with its secrets already replaced. Pure. */
export function prepareBody(bytes: Uint8Array, options: BodyOptions): PreparedBody {
  const { mode, contentType, redaction, alreadyTruncated = false } = options;
  const cap = alreadyTruncated ? "longer than the cap on bodies" : null;
  const nothing = (reason: string | null) => prepared(null, 0, reason);
  if (bytes.length === 0) return nothing(cap);
  if (mode === "none") return nothing("storage mode none");
  const isSampled = mode === "sampled";
  if (isSampled && !textCodec(bytes, contentType))
    return nothing(`binary body (${contentType ?? "no type"})`);
  if (!isSampled || bytes.length <= SAMPLE_BYTES) {
    const { bytes: stored, redactions } = redactBody(bytes, contentType, redaction);
    return prepared(stored, redactions, cap);
  }
  const head = redactBody(bytes.subarray(0, SAMPLE_BYTES + SAMPLE_MARGIN), contentType, redaction);
  const end = Math.min(SAMPLE_BYTES, head.bytes.length - SAMPLE_MARGIN);
  return prepared(head.bytes.subarray(0, end), head.redactions, `first part of ${bytes.length} bytes`);
}

function prepared(stored: Uint8Array | null, redactions: number, reason: string | null): PreparedBody {
  return { stored, truncated: reason !== null, reason, redactionVersion: REDACTION_VERSION, redactions };
}

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
}

/** Redacts, samples and writes a body. The row that names it is written after: a body without a row is swept up later. */
export async function storeBody(
  store: BodyStore,
  bytes: Uint8Array,
  options: BodyOptions,
): Promise<BodyRecord> {
  const { stored, truncated, reason, redactionVersion } = prepareBody(bytes, options);
  const body = stored && (await store.put(stored));
  return {
    storageMode: body ? options.mode : "none",
    bodyPath: body?.path ?? null,
    bodyHash: body?.sha256 ?? null,
    size: bytes.length,
    truncated,
    redactionVersion,
    reason,
  };
}

import { pluginBodyBytes, type StorageMode } from "@picket/core";
import { textCodec } from "./redaction/body-text.ts";
import { redactBody } from "./redaction/redact-body.ts";
import { REDACTION_VERSION, type RedactionPolicy } from "./redaction/redaction-mark.ts";

/** Read beyond the sample while redacting, so that a secret on its edge is seen whole; no known credential is as long. */
const SAMPLE_MARGIN = 16_384;

/** A sampled body is kept whole up to this size, and its first part beyond: nearly all that plugins see of it. */
export function sampleBytes(contentType: string | null): number {
  return pluginBodyBytes(contentType) - SAMPLE_MARGIN;
}

export interface BodyOptions {
  mode: StorageMode;
  /** The response's content-type header; null when there is none. */
  contentType: string | null;
  redaction: RedactionPolicy;
  /** Bytes of the whole body, when `bytes` are only those that plugins see (`pluginBodyBytes`). Default: all of them. */
  size?: number;
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
  const { mode, contentType, redaction, size = bytes.length, alreadyTruncated = false } = options;
  const cap = alreadyTruncated ? "longer than the cap on bodies" : null;
  if (bytes.length === 0) return nothingKept(cap);
  if (mode === "none") return nothingKept("storage mode none");
  const isSampled = mode === "sampled";
  if (isSampled && !textCodec(bytes, contentType))
    return nothingKept(`binary body (${contentType ?? "no type"})`);
  const limit = sampleBytes(contentType);
  if (!isSampled || size <= limit) {
    const { bytes: stored, redactions } = redactBody(bytes, contentType, redaction);
    return prepared(stored, redactions, cap);
  }
  const head = redactBody(bytes.subarray(0, limit + SAMPLE_MARGIN), contentType, redaction);
  const end = Math.min(limit, head.bytes.length - SAMPLE_MARGIN);
  return prepared(
    head.bytes.subarray(0, end),
    head.redactions,
    `first part of ${alreadyTruncated ? "more than " : ""}${size} bytes`,
  );
}

/** Of a body of which nothing is written, and why. */
export function nothingKept(reason: string | null): PreparedBody {
  return prepared(null, 0, reason);
}

function prepared(stored: Uint8Array | null, redactions: number, reason: string | null): PreparedBody {
  return { stored, truncated: reason !== null, reason, redactionVersion: REDACTION_VERSION, redactions };
}

/** As `prepareBody`, for a thread: one message in. */
export function prepareInThread({
  bytes,
  options,
}: {
  bytes: Uint8Array;
  options: BodyOptions;
}): PreparedBody {
  return prepareBody(bytes, options);
}

import type { Transform } from "node:stream";
import {
  constants,
  createBrotliDecompress,
  createGunzip,
  createInflate,
  createZstdDecompress,
} from "node:zlib";
import { type HeaderList, headerValues } from "@picket/core";

/** What the broker can undo; the value of `accept-encoding`. */
export const ACCEPTED_CODINGS = "gzip, deflate, br, zstd";

/** A cut-off stream gives what it holds instead of an error: the HTTP framing already says whether a body is whole. */
const zlibOptions = { finishFlush: constants.Z_SYNC_FLUSH };
const brotliOptions = { finishFlush: constants.BROTLI_OPERATION_FLUSH };
/** 8 MiB windows at most (RFC 9659 §3): the library's own limit of 128 MiB is the target's to spend. */
const zstdOptions = {
  finishFlush: constants.ZSTD_e_flush,
  params: { [constants.ZSTD_d_windowLogMax]: 23 },
};

const DECODERS = new Map<string, () => Transform>([
  ["gzip", () => createGunzip(zlibOptions)],
  ["x-gzip", () => createGunzip(zlibOptions)],
  ["deflate", () => createInflate(zlibOptions)],
  ["br", () => createBrotliDecompress(brotliOptions)],
  ["zstd", () => createZstdDecompress(zstdOptions)],
]);

export interface ResponseBody {
  bytes: Uint8Array;
  /** There was more than `maxBytes`: the rest was not read. */
  truncated: boolean;
  /** The bytes are as sent: the response names an unknown coding or more than one. */
  undecoded: boolean;
}

/** Takes a body as it arrives. */
export interface BodyReader {
  /** False: nothing more should come before `onDrain`. */
  write(chunk: Uint8Array): boolean;
  /** The body is complete. */
  end(): void;
  /** The body is not wanted any more. */
  destroy(): void;
}

export interface BodyEvents {
  /** Called once, unless `onError` is: with the whole body, or as soon as there is more than `maxBytes`. */
  onBody(body: ResponseBody): void;
  /** The coding is broken. */
  onError(error: Error): void;
  onDrain(): void;
}

/**
 * Reads a body up to `maxBytes` of decoded data. At most one coding is undone, so that no response can multiply itself
 * twice.
 */
export function createBodyReader(headers: HeaderList, maxBytes: number, events: BodyEvents): BodyReader {
  const codings = codingsOf(headers);
  const decoder = codings.length === 1 ? DECODERS.get(codings[0] ?? "")?.() : undefined;
  const chunks: Uint8Array[] = [];
  let size = 0;

  const finish = () => {
    const bytes = joined(chunks, Math.min(size, maxBytes));
    events.onBody({ bytes, truncated: size > maxBytes, undecoded: codings.length > 0 && !decoder });
  };
  const take = (chunk: Uint8Array) => {
    if (size > maxBytes) return;
    chunks.push(chunk.subarray(0, maxBytes - size));
    size += chunk.length;
    if (size <= maxBytes) return;
    decoder?.destroy();
    finish();
  };

  if (!decoder) {
    const write = (chunk: Uint8Array) => {
      take(chunk);
      return true;
    };
    return { write, end: finish, destroy: () => undefined };
  }
  decoder.on("data", take).on("end", finish).on("error", events.onError).on("drain", events.onDrain);
  return {
    write: (chunk) => decoder.write(chunk),
    end: () => decoder.end(),
    destroy: () => decoder.destroy(),
  };
}

function codingsOf(headers: HeaderList): string[] {
  return headerValues(headers, "content-encoding")
    .flatMap((value) => value.toLowerCase().split(","))
    .map((coding) => coding.trim())
    .filter((coding) => coding !== "" && coding !== "identity");
}

/** In a buffer of its own: `Buffer.concat` may lend a piece of one that others use too. */
function joined(chunks: readonly Uint8Array[], size: number): Uint8Array {
  const bytes = new Uint8Array(size);
  let offset = 0;
  for (const chunk of chunks) {
    bytes.set(chunk, offset);
    offset += chunk.length;
  }
  return bytes;
}

import { pipeline, type Readable, type Transform } from "node:stream";
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

/**
 * Reads a body up to `maxBytes` of decoded data and destroys the stream if there is more. At most one coding is undone,
 * so that no response can multiply itself twice. Rejects when the stream fails or its coding is broken.
 */
export async function readBody(
  stream: Readable,
  headers: HeaderList,
  maxBytes: number,
): Promise<ResponseBody> {
  const codings = headerValues(headers, "content-encoding")
    .flatMap((value) => value.toLowerCase().split(","))
    .map((coding) => coding.trim())
    .filter((coding) => coding !== "" && coding !== "identity");
  const decoder = codings.length === 1 ? DECODERS.get(codings[0] ?? "")?.() : undefined;
  const source = decoder ? pipeline(stream, decoder, ignore) : stream;
  return { ...(await collect(source, maxBytes)), undecoded: codings.length > 0 && !decoder };
}

function ignore(): void {
  // The reader of the decoder sees the same error.
}

async function collect(
  source: Readable,
  maxBytes: number,
): Promise<Pick<ResponseBody, "bytes" | "truncated">> {
  const chunks: Uint8Array[] = [];
  let size = 0;
  for await (const chunk of source as AsyncIterable<Uint8Array>) {
    chunks.push(chunk.subarray(0, maxBytes - size));
    size += chunk.length;
    if (size > maxBytes) break;
  }
  return { bytes: joined(chunks, Math.min(size, maxBytes)), truncated: size > maxBytes };
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

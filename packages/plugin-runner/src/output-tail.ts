import type { Readable } from "node:stream";

/** Output that is read as fast as it comes, bytes. */
const FREE_BYTES = 1024 * 1024;
/** After that, 64 KiB per 20 ms (3 MiB/s), so that a flood costs the worker next to nothing. */
const STEP_BYTES = 64 * 1024;
const STEP_MS = 20;
/** The end of the output is kept: 100 lines, within 64 KiB. */
const TAIL_LINES = 100;
const TAIL_BYTES = 64 * 1024;

export interface OutputTail {
  /** Bytes read so far. */
  readonly bytes: number;
  /** The last 100 lines, at most 64 KiB. */
  lastLines(): string[];
}

/** Drains a stream, counts it, and keeps its end. */
export function drain(stream: Readable): OutputTail {
  let bytes = 0;
  let allowance = FREE_BYTES;
  let tail = Buffer.alloc(0);
  stream.on("data", (chunk: Buffer) => {
    bytes += chunk.byteLength;
    tail = Buffer.concat([tail, chunk]).subarray(-TAIL_BYTES);
    allowance -= chunk.byteLength;
    if (allowance > 0) return;
    allowance = STEP_BYTES;
    stream.pause();
    setTimeout(() => stream.resume(), STEP_MS);
  });
  return {
    get bytes() {
      return bytes;
    },
    lastLines: () => tail.toString("utf8").trimEnd().split("\n").slice(-TAIL_LINES),
  };
}

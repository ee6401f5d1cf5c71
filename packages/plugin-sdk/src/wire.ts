import { AppError } from "@picket/core";

/**
 * A message travels as one frame: its length in bytes (32 bits, big-endian), then JSON in UTF-8. The length is refused
 * before a byte of the message is kept, JSON cannot carry cycles, sparse arrays or shared references, and a `Uint8Array`
 * is `{"$bytes": "<base64>"}`.
 */
const HEADER_BYTES = 4;

/** The file descriptor that carries frames, both ways, in the plugin's process. */
export const CHANNEL_FD = 3;

function violation(message: string): AppError {
  return new AppError("PROTOCOL_VIOLATION", message);
}

function replaceBytes(this: unknown, key: string, value: unknown): unknown {
  // A Buffer has become `toJSON()` in `value`; the holder still has it.
  const original = (this as Record<string, unknown>)[key];
  if (!(original instanceof Uint8Array)) return value;
  return {
    $bytes: Buffer.from(original.buffer, original.byteOffset, original.byteLength).toString("base64"),
  };
}

/** JSON of a message or a part of one. Throws TypeError on what JSON cannot carry: cycles, BigInt. */
export function encodeMessage(message: unknown): string {
  return JSON.stringify(message, replaceBytes);
}

/** A frame around JSON text. */
export function frameOf(text: string): Buffer {
  const length = Buffer.byteLength(text);
  const frame = Buffer.allocUnsafe(HEADER_BYTES + length);
  frame.writeUInt32BE(length);
  frame.write(text, HEADER_BYTES);
  return frame;
}

const FORBIDDEN_KEYS = new Set(["__proto__", "constructor", "prototype"]);

function reviveObject(value: object, depth: number): unknown {
  const entries = Object.entries(value);
  const [first] = entries;
  if (entries.length === 1 && first?.[0] === "$bytes" && typeof first[1] === "string")
    return Buffer.from(first[1], "base64");
  const forbidden = entries.find(([key]) => FORBIDDEN_KEYS.has(key));
  if (forbidden) throw violation(`message has the key ${forbidden[0]}`);
  return Object.fromEntries(entries.map(([key, member]) => [key, revive(member, depth - 1)]));
}

function revive(value: unknown, depth: number): unknown {
  if (typeof value !== "object" || value === null) return value;
  if (depth === 0) throw violation("message is nested too deeply");
  if (Array.isArray(value)) return value.map((item) => revive(item, depth - 1));
  return reviveObject(value, depth);
}

/**
 * The message in a frame. Throws PROTOCOL_VIOLATION when it is no JSON, nests deeper than `maxDepth` objects and arrays,
 * or has a key that could reach a prototype.
 */
export function decodeMessage(frame: Buffer, maxDepth: number): unknown {
  let parsed: unknown;
  try {
    parsed = JSON.parse(frame.toString("utf8"));
  } catch (error) {
    throw new AppError("PROTOCOL_VIOLATION", "message is not JSON", { cause: error });
  }
  return revive(parsed, maxDepth);
}

/** Cuts a stream of chunks into frames. Holds at most one incomplete frame, of `maxBytes` at most. */
export class FrameReader {
  readonly #maxBytes: number;
  #chunks: Buffer[] = [];
  #bytes = 0;

  constructor(maxBytes: number) {
    this.#maxBytes = maxBytes;
  }

  /** The frames that `chunk` completes. Throws PROTOCOL_VIOLATION when one announces more than `maxBytes`. */
  *push(chunk: Buffer): Generator<Buffer> {
    this.#chunks.push(chunk);
    this.#bytes += chunk.byteLength;
    while (this.#bytes >= HEADER_BYTES) {
      const length = this.#peekLength();
      if (this.#bytes < HEADER_BYTES + length) return;
      const joined = Buffer.concat(this.#chunks);
      const end = HEADER_BYTES + length;
      this.#chunks = [joined.subarray(end)];
      this.#bytes = joined.byteLength - end;
      yield joined.subarray(HEADER_BYTES, end);
    }
  }

  #peekLength(): number {
    const [first] = this.#chunks;
    const head = first && first.byteLength >= HEADER_BYTES ? first : Buffer.concat(this.#chunks);
    const length = head.readUInt32BE();
    if (length > this.#maxBytes)
      throw violation(`message of ${length} bytes, at most ${this.#maxBytes} are allowed`);
    return length;
  }
}

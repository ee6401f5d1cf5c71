import { AppError, isTooDeep } from "@picket/core";

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

/** Whether there may be bytes in it. Whatever nests so deeply that it could be a cycle is not looked through. */
function mayHoldBytes(value: unknown, depth = 16): boolean {
  if (typeof value !== "object" || value === null) return false;
  if (depth === 0 || value instanceof Uint8Array) return true;
  for (const member of Object.values(value)) if (mayHoldBytes(member, depth - 1)) return true;
  return false;
}

/** JSON of a message or a part of one. Throws TypeError on what JSON cannot carry: cycles, BigInt. */
export function encodeMessage(message: unknown): string {
  // A replacer makes it several times slower.
  return mayHoldBytes(message) ? JSON.stringify(message, replaceBytes) : JSON.stringify(message);
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

function reviveObject(value: Record<string, unknown>, depth: number): unknown {
  const keys = Object.keys(value);
  if (keys.length === 1 && typeof value.$bytes === "string") return Buffer.from(value.$bytes, "base64");
  for (const key of keys) {
    if (FORBIDDEN_KEYS.has(key)) throw violation(`message has the key ${key}`);
    value[key] = revive(value[key], depth - 1);
  }
  return value;
}

/** Checks in place what was just parsed, so that nothing is copied. */
function revive(value: unknown, depth: number): unknown {
  if (typeof value !== "object" || value === null) return value;
  if (depth === 0) throw violation("message is nested too deeply");
  if (!Array.isArray(value)) return reviveObject(value as Record<string, unknown>, depth);
  for (const [index, item] of value.entries()) value[index] = revive(item, depth - 1);
  return value;
}

/**
 * The message in a frame. Throws PROTOCOL_VIOLATION when it is no JSON, nests deeper than `maxDepth` objects and arrays,
 * or has a key that could reach a prototype.
 */
export function decodeMessage(frame: Buffer, maxDepth: number): unknown {
  const text = frame.toString("utf8");
  if (isTooDeep(text)) throw violation("message is nested too deeply");
  let parsed: unknown;
  try {
    parsed = JSON.parse(text);
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
      const end = HEADER_BYTES + this.#peekLength();
      if (this.#bytes < end) return;
      const joined =
        this.#chunks.length === 1 && this.#chunks[0] ? this.#chunks[0] : Buffer.concat(this.#chunks);
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

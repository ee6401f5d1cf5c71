import { Piscina } from "piscina";
import { type BodyOptions, type PreparedBody, prepareBody, SAMPLED_BYTES } from "./prepare-body.ts";

/** Prepares bodies to be stored without holding up the event loop: a hostile one of 5 MiB takes seconds to redact. */
export interface BodyPreparer {
  /** As `prepareBody`, which it leaves to a thread when the body is long. Not after `close`. */
  prepare(bytes: Uint8Array, options: BodyOptions): Promise<PreparedBody>;
  /** Ends its threads; what waits is rejected. */
  close(): Promise<void>;
}

/** Below this a thread costs more than it saves: 5 ms of the slowest rules at most. */
const INLINE_BYTES = 16 * 1024;
/** So that one hostile body does not hold up all others. */
const THREADS = 2;
/** An idle thread ends after this, ms. */
const IDLE_MS = 30_000;

export function createBodyPreparer(): BodyPreparer {
  const pool = new Piscina({
    filename: new URL("./prepare-body.ts", import.meta.url).href,
    name: "prepareInThread",
    minThreads: 0,
    maxThreads: THREADS,
    idleTimeout: IDLE_MS,
    recordTiming: false,
  });
  return {
    async prepare(bytes, options) {
      if (bytes.length <= INLINE_BYTES || options.mode === "none") return prepareBody(bytes, options);
      const isCut = options.mode === "sampled" && bytes.length > SAMPLED_BYTES;
      // Copied, because a view takes the whole buffer behind it along.
      const seen = isCut ? new Uint8Array(bytes.subarray(0, SAMPLED_BYTES)) : bytes;
      return (await pool.run({ bytes: seen, options: { ...options, size: bytes.length } })) as PreparedBody;
    },
    close: () => pool.destroy(),
  };
}

import { isError, pluginBodyBytes } from "@picket/core";
import { Piscina } from "piscina";
import { type BodyOptions, nothingKept, type PreparedBody, prepareBody } from "./prepare-body.ts";

/** Prepares bodies to be stored without holding up the event loop: a hostile one of 5 MiB takes seconds to redact. */
export interface BodyPreparer {
  /** As `prepareBody`, which it leaves to a thread when the body is long. Not after `close`. */
  prepare(bytes: Uint8Array, options: BodyOptions): Promise<PreparedBody>;
  /** Ends its threads; what waits is rejected. */
  close(): Promise<void>;
}

/** Below this a thread costs more than it saves: 5 ms of the slowest rules at most. */
const INLINE_BYTES = 16 * 1024;
/** 30 MB each. */
const THREADS = 1;
/** What the worst known text of 5 MiB takes, MB; the engine's own limit follows the machine's memory instead. */
const HEAP = { maxYoungGenerationSizeMb: 8, maxOldGenerationSizeMb: 96 };
/** An idle thread ends after this, ms. */
const IDLE_MS = 30_000;

export function createBodyPreparer(): BodyPreparer {
  const pool = new Piscina({
    filename: new URL("./prepare-body.ts", import.meta.url).href,
    name: "prepareInThread",
    minThreads: 0,
    maxThreads: THREADS,
    idleTimeout: IDLE_MS,
    resourceLimits: HEAP,
    recordTiming: false,
  });
  return {
    async prepare(bytes, options) {
      if (bytes.length <= INLINE_BYTES || options.mode === "none") return prepareBody(bytes, options);
      const limit = pluginBodyBytes(options.contentType);
      const isCut = options.mode === "sampled" && bytes.length > limit;
      // Copied, because a view takes the whole buffer behind it along.
      const seen = isCut ? new Uint8Array(bytes.subarray(0, limit)) : bytes;
      const task = { bytes: seen, options: { ...options, size: bytes.length } };
      return await pool.run(task).catch(outOfMemory);
    },
    close: () => pool.destroy(),
  };
}

/** What cannot be redacted is not kept. */
function outOfMemory(error: unknown): PreparedBody {
  if (!isError(error) || !("code" in error) || error.code !== "ERR_WORKER_OUT_OF_MEMORY") throw error;
  return nothingKept("not redacted: it took too much memory");
}

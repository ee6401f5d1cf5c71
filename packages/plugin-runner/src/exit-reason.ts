import type { ExitReason } from "@picket/core";
import type { RemoteError } from "@picket/plugin-sdk/protocol";
import type { ProcessEnd } from "./plugin-process.ts";

/** How a process came to its end, as the parent knows it. */
export interface ExitFacts {
  /** The first reason for which the parent ended it. */
  stop: Verdict | null;
  /** The child's last word. */
  lastWord: { kind: "done" } | { kind: "failed"; error: RemoteError } | null;
  end: Pick<ProcessEnd, "code" | "signal" | "stderrTail">;
}

export interface Verdict {
  reason: ExitReason;
  detail?: string;
}

/** What V8, Node and the C++ library say when there is no memory left. */
const OUT_OF_MEMORY =
  /out of memory|allocation failed|failed to allocate memory|cannot allocate memory|bad_alloc/i;

function failure({ name, message, stack }: RemoteError): Verdict {
  const isMemory = OUT_OF_MEMORY.test(message);
  return { reason: isMemory ? "out_of_memory" : "failed", detail: stack || `${name}: ${message}` };
}

function crash({ code, signal, stderrTail }: ExitFacts["end"]): Verdict {
  const how = signal ? `killed by ${signal}` : `exit code ${code}`;
  const memoryLine = stderrTail.find((line) => OUT_OF_MEMORY.test(line));
  // A plugin that exits with 0 has freely left: what it wrote before is no reason.
  if (memoryLine !== undefined && code !== 0)
    return { reason: "out_of_memory", detail: `${how}: ${memoryLine.trim()}` };
  return { reason: "crashed", detail: `ended without a result: ${how}` };
}

/**
 * The one reason why a run ended. What the parent decided comes first, as it caused all that followed; then the child's
 * last word; then how the process ended.
 */
export function exitReason({ stop, lastWord, end }: ExitFacts): Verdict {
  if (stop) return stop;
  if (lastWord?.kind === "done") return { reason: "completed" };
  if (lastWord?.kind === "failed") return failure(lastWord.error);
  return crash(end);
}

import { debugPages } from "./debug-pages.ts";
import type { Detector, Leak } from "./leak.ts";
import { phpErrors, scriptErrors } from "./script-errors.ts";
import { sqlErrors } from "./sql-errors.ts";
import { phpFrameObjects, stackTraces } from "./stack-traces.ts";

export { type Answer, readAnswer, readResponse } from "./answer.ts";
export { bodyLeak, type Detector, type ErrorLeakId, type Leak } from "./leak.ts";

/** What answers to errors give away: debug pages, traces, messages of languages and databases. */
export const ERROR_DETECTORS: readonly Detector[] = [
  debugPages,
  stackTraces,
  phpFrameObjects,
  phpErrors,
  scriptErrors,
  sqlErrors,
];

/** What a debug page shows it shows by being one. */
export function withoutConsequences<Id extends string>(
  leaks: readonly Leak<Id>[],
  consequences: ReadonlySet<string> = new Set(["stack-trace", "script-error"]),
): Leak<Id>[] {
  const isDebugPage = leaks.some(({ claim, kind }) => claim.startsWith("debug-") && kind === "content_proof");
  return leaks.filter(({ claim }) => !(isDebugPage && consequences.has(claim)));
}

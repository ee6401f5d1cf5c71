import {
  type Answer,
  createMarker,
  type Execution,
  executionOf,
  type ReflectionContext,
  survivors,
} from "@picket/plugin-sdk/probe";
import { type Vector, vectorsForAll } from "./vectors.ts";

/** Sends a value and returns the page on which it shows; null: there is no answer. */
export type Show = (value: string) => Promise<Answer | null>;

/** One value that runs in the page that it came back in. */
export interface Run {
  readonly sent: string;
  readonly answer: Answer;
  readonly execution: Execution;
}

interface Attempt {
  readonly run: Run | null;
  /** Special characters of the value that came back raw; null: that cannot be told. */
  readonly survived: ReadonlySet<string> | null;
}

async function attempt(vector: Vector, show: Show): Promise<Attempt> {
  const [before, name] = [vector.isBare ? "" : createMarker(), createMarker()];
  const sent = before + vector.write(name);
  const answer = await show(sent);
  if (!answer) return { run: null, survived: null };
  const execution = executionOf(answer, name);
  if (execution) return { run: { sent, answer, execution }, survived: null };
  const between = sent.slice(before.length, sent.indexOf(name));
  return { run: null, survived: before === "" ? null : survivors(answer.text, before, between, name) };
}

/**
 * Looks for a value that runs, and runs it twice. `contexts`: where a plain word came back. A character that was seen to
 * be encoded or dropped rules out every way that needs it, so that a page that encodes costs one request, not one for
 * each way.
 */
export async function proveRun(
  contexts: readonly ReflectionContext[],
  show: Show,
  maxAttempts: number,
): Promise<readonly [Run, Run] | null> {
  const lost = new Set<string>();
  let attempts = 0;
  for (const vector of vectorsForAll(contexts)) {
    if ([...vector.needs].some((character) => lost.has(character))) continue;
    if (attempts === maxAttempts) break;
    attempts += 1;
    const { run, survived } = await attempt(vector, show);
    if (run) {
      const again = await attempt(vector, show);
      return again.run && [run, again.run];
    }
    if (survived) for (const character of vector.needs) if (!survived.has(character)) lost.add(character);
  }
  return null;
}

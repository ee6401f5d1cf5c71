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

/** Where values are tried. */
export interface Page {
  readonly show: Show;
  /** What values begin with, where the application would refuse others: a number, an address. */
  readonly lead: string;
}

/** One value that runs in the page that it came back in. */
export interface Run {
  readonly sent: string;
  readonly answer: Answer;
  readonly execution: Execution;
}

interface Attempt {
  readonly run: Run | null;
  /** Special characters of the value that did not come back raw, as far as that can be told. */
  readonly lost: readonly string[];
}

async function attempt(vector: Vector, { show, lead }: Page): Promise<Attempt> {
  const [before, name] = [vector.isBare ? "" : lead + createMarker(), createMarker()];
  const sent = before + vector.write(name);
  const answer = await show(sent);
  if (!answer) return { run: null, lost: [] };
  const execution = executionOf(answer, name);
  if (execution) return { run: { sent, answer, execution }, lost: [] };
  const between = sent.slice(before.length, sent.indexOf(name));
  const survived = before === "" ? null : survivors(answer.text, before, between, name);
  const needed = [...vector.needs].filter((character) => between.includes(character));
  return { run: null, lost: survived ? needed.filter((character) => !survived.has(character)) : [] };
}

/**
 * Looks for a value that runs, and runs it twice. `contexts`: where a plain word came back. A character that was seen to
 * be encoded or dropped rules out every way that needs it, so that a page that encodes costs one request, not one for
 * each way.
 */
export async function proveRun(
  contexts: readonly ReflectionContext[],
  page: Page,
  maxAttempts: number,
): Promise<readonly [Run, Run] | null> {
  const lost = new Set<string>();
  let attempts = 0;
  for (const vector of vectorsForAll(contexts)) {
    if ([...vector.needs].some((character) => lost.has(character))) continue;
    if (attempts === maxAttempts) break;
    attempts += 1;
    const { run, lost: lostHere } = await attempt(vector, page);
    if (run) {
      const again = await attempt(vector, page);
      return again.run && [run, again.run];
    }
    for (const character of lostHere) lost.add(character);
  }
  return null;
}

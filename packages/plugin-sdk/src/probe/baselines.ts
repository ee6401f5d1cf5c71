import type { InsertionPoint } from "../surface/index.ts";
import { ask, type Send } from "./answer.ts";
import type { Sample } from "./similarity.ts";

/** What an endpoint answers to its own values, asked twice or more often. */
export type Baseline = readonly [Sample, Sample, ...Sample[]];

/** Looks up or asks for what an endpoint answers: equal requests are made for the first of its points only. */
export interface Baselines {
  of(point: InsertionPoint, send: Send): Promise<Baseline | null>;
  /** More answers, for a point that seems to matter: two may by chance show what comes and goes. */
  more(point: InsertionPoint, send: Send): Promise<Baseline | null>;
}

/** The answer to a value with what was sent; null when there is none. */
export async function askSample(send: Send, sent: string): Promise<Sample | null> {
  const answer = await ask(send, sent);
  return answer && { answer, sent };
}

/** Two answers to one value; null when one is missing. */
export async function askTwice(send: Send, sent: string): Promise<Baseline | null> {
  const first = await askSample(send, sent);
  const second = first && (await askSample(send, sent));
  return second && [first, second];
}

/** Answers beyond the first two. With four in all, one of three advertisements is the same in all of them once in 27 times. */
const MORE = 2;

async function askMore(send: Send, sent: string, known: Baseline | null): Promise<Baseline | null> {
  const samples: Sample[] = [];
  while (known && samples.length < MORE) {
    const sample = await askSample(send, sent);
    if (!sample) return null;
    samples.push(sample);
  }
  return known && [...known, ...samples];
}

function remembered(make: (point: InsertionPoint, send: Send) => Promise<Baseline | null>): Baselines["of"] {
  const known = new Map<string, Promise<Baseline | null>>();
  return (point, send) => {
    // A token's own value is sent as it is here, and fetched anew for every other parameter.
    const own = point.kind === "token" ? point.parameter.name : null;
    const key = JSON.stringify([point.request(point.value), own]);
    const baseline = known.get(key) ?? make(point, send);
    known.set(key, baseline);
    return baseline;
  };
}

export function createBaselines(): Baselines {
  const of = remembered(({ value }, send) => askTwice(send, value));
  const more = remembered(async (point, send) => askMore(send, point.value, await of(point, send)));
  return { of, more };
}

import type { PluginContext } from "@picket/plugin-sdk";
import {
  type Answer,
  ask,
  createMarker,
  type Likeness,
  learnLikeness,
  type Sample,
  type Send,
  senderOf,
} from "@picket/plugin-sdk/probe";
import type { InsertionPoint } from "@picket/plugin-sdk/surface";

/** What an endpoint answers to its own values, asked twice or more often. */
export type Baseline = readonly [Sample, Sample, ...Sample[]];

/** Looks up or asks for what an endpoint answers: equal requests are made for the first of its points only. */
export interface Baselines {
  of(point: InsertionPoint, send: Send): Promise<Baseline | null>;
  /** More answers, for a point that seems to matter: two may by chance show what comes and goes. */
  more(point: InsertionPoint, send: Send): Promise<Baseline | null>;
}

/** Two answers to one value; null when one is missing. */
async function askTwice(send: Send, sent: string): Promise<Baseline | null> {
  const first = await ask(send, sent);
  const second = first && (await ask(send, sent));
  return (
    second && [
      { answer: first, sent },
      { answer: second, sent },
    ]
  );
}

/** Answers beyond the first two. With four in all, one of three advertisements is the same in all of them once in 27 times. */
const MORE = 2;

async function askMore(send: Send, sent: string, known: Baseline | null): Promise<Baseline | null> {
  const samples: Sample[] = [];
  while (known && samples.length < MORE) {
    const answer = await ask(send, sent);
    if (!answer) return null;
    samples.push({ answer, sent });
  }
  return known && [...known, ...samples];
}

function remembered(make: (point: InsertionPoint, send: Send) => Promise<Baseline | null>): Baselines["of"] {
  const known = new Map<string, Promise<Baseline | null>>();
  return (point, send) => {
    const key = JSON.stringify(point.request(point.value));
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

/** A point with what it answers to its own value and to one that breaks any statement that it becomes part of. */
export interface Subject {
  readonly point: InsertionPoint;
  readonly send: Send;
  readonly baseline: Baseline;
  readonly likeness: Likeness;
  readonly odd: OddAnswer;
}

export interface OddAnswer {
  readonly sent: string;
  readonly answer: Answer;
}

/** Either quote ends a string of its kind, and no statement goes on with what follows, a word that nobody searches for. */
export function oddValue(value: string, quotes = `'"`): string {
  return `${value}${quotes}${createMarker()}`;
}

/** Null: the target does not answer. Costs one request, and two for the first point of an endpoint. */
export async function openSubject(
  point: InsertionPoint,
  context: Pick<PluginContext, "http">,
  baselines: Baselines,
): Promise<Subject | null> {
  const send = senderOf(point, context);
  const baseline = await baselines.of(point, send);
  const sent = oddValue(point.value);
  const answer = baseline && (await ask(send, sent));
  if (!baseline || !answer) return null;
  const likeness = learnLikeness(baseline, point.value);
  return { point, send, baseline, likeness, odd: { sent, answer } };
}

/** The same, with what varies by itself better known. Null: the target does not answer. */
export async function knownBetter(subject: Subject, baselines: Baselines): Promise<Subject | null> {
  const baseline = await baselines.more(subject.point, subject.send);
  return baseline && { ...subject, baseline, likeness: learnLikeness(baseline, subject.point.value) };
}

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

/** What an endpoint answers to its own values, asked twice. */
export type Baseline = readonly [Sample, Sample];

/** Looks up or asks for the baseline of an endpoint: equal requests are made for the first of its points only. */
export type Baselines = (point: InsertionPoint, send: Send) => Promise<Baseline | null>;

/** Two answers to one value; null when one is missing. */
export async function askTwice(send: Send, sent: string): Promise<Baseline | null> {
  const first = await ask(send, sent);
  const second = first && (await ask(send, sent));
  return (
    second && [
      { answer: first, sent },
      { answer: second, sent },
    ]
  );
}

export function createBaselines(): Baselines {
  const known = new Map<string, Promise<Baseline | null>>();
  return (point, send) => {
    const key = JSON.stringify(point.request(point.value));
    const baseline = known.get(key) ?? askTwice(send, point.value);
    known.set(key, baseline);
    return baseline;
  };
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
  const baseline = await baselines(point, send);
  const sent = oddValue(point.value);
  const answer = baseline && (await ask(send, sent));
  if (!baseline || !answer) return null;
  const likeness = learnLikeness(baseline, point.value);
  return { point, send, baseline, likeness, odd: { sent, answer } };
}

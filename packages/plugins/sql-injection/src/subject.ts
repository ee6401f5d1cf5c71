import type { PluginContext } from "@picket/plugin-sdk";
import {
  ask,
  type Baseline,
  type Baselines,
  createMarker,
  type Likeness,
  learnLikeness,
  type Sample,
  type Send,
  senderOf,
} from "@picket/plugin-sdk/probe";
import type { InsertionPoint } from "@picket/plugin-sdk/surface";

/** A point with what it answers to its own value and to one that breaks any statement that it becomes part of. */
export interface Subject {
  readonly point: InsertionPoint;
  readonly send: Send;
  readonly baseline: Baseline;
  readonly likeness: Likeness;
  readonly odd: Sample;
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

import { type Answer, ask, type Send } from "./answer.ts";
import { randomNumber, shuffled } from "./random.ts";
import { type Likeness, learnLikeness, type Sample } from "./similarity.ts";

/** Two numbers that differ; each round has its own, so that no page can have learned them. */
export interface Pair {
  readonly a: number;
  readonly b: number;
}

/** Values that are answered differently only by what evaluates them. */
export interface Conditions {
  /** Must be answered as the baseline is. */
  alike(pair: Pair): string;
  /** Must be answered otherwise: the same words, another meaning. */
  other(pair: Pair): string;
  /** Must not be answered as the baseline is: with broken syntax, so that what evaluates it cannot make sense of it. */
  broken(pair: Pair): string;
}

/** One request of a proof. */
export interface Shot {
  readonly role: "baseline" | keyof Conditions;
  readonly sent: string;
  readonly answer: Answer;
}

/** Answers that say nothing of the application: refusals, limits, gateways. */
const REFUSALS = new Set([401, 403, 405, 406, 408, 413, 414, 418, 423, 425, 429, 431, 451, 502, 503, 504]);

/** True for an answer that a firewall, a limit or a gateway may have given in the application's place. */
export function isRefusal({ response: { status } }: Answer): boolean {
  return REFUSALS.has(status);
}

export function randomPair(): Pair {
  const a = randomNumber(2_000, 9_998);
  const b = randomNumber(1_000, 9_998);
  return { a, b: b >= a ? b + 1 : b };
}

export interface DifferentialProof {
  /** In the order they were made. */
  readonly shots: readonly Shot[];
}

type Planned = readonly [role: Shot["role"], sent: string];

function roundOf(conditions: Conditions, original: string): Planned[] {
  const pair = randomPair();
  return shuffled<Planned>([
    ["baseline", original],
    ["alike", conditions.alike(pair)],
    ["other", conditions.other(pair)],
  ]);
}

/** Answers differ in the same way when they vary among themselves about as little as the baseline does. */
function areOfOneKind([one, two, ...others]: readonly Shot[], baseline: Likeness, original: string): boolean {
  if (!one || !two) return false;
  const alike = learnLikeness([one, two], original, baseline.varying);
  const isSteady = alike.noise <= 2 * baseline.noise + 3;
  return isSteady && others.every((shot) => alike.isLike(shot));
}

/** Rounds after the first look, each of a baseline, a true and a false request in random order. */
const ROUNDS = 2;

/**
 * Whether what is sent is evaluated. First one value that must be answered as the baseline is, one that must not, and one
 * with broken syntax; only when they are, further rounds in random order with the baseline among them. Null unless every
 * answer is as it must be, and all that differ do so in the same way; a refusal is none of them. At most 9 requests; one,
 * when the first answer is unlike the baseline.
 */
export async function proveDifferential(
  send: Send,
  conditions: Conditions,
  original: string,
  baseline: Likeness,
): Promise<DifferentialProof | null> {
  const first = randomPair();
  const plan: Planned[] = [
    ["alike", conditions.alike(first)],
    ["other", conditions.other(first)],
    ["broken", conditions.broken(first)],
    ...Array.from({ length: ROUNDS }, () => roundOf(conditions, original)).flat(),
  ];
  const shots: Shot[] = [];
  for (const [role, sent] of plan) {
    const answer = await ask(send, sent);
    if (!answer || !isAsItMust(role, { answer, sent }, baseline)) return null;
    shots.push({ role, sent, answer });
  }
  const others = shots.filter(({ role }) => role === "other");
  return areOfOneKind(others, baseline, original) ? { shots } : null;
}

function isAsItMust(role: Shot["role"], sample: Sample, baseline: Likeness): boolean {
  if (role === "alike" || role === "baseline") return baseline.isLike(sample);
  const isOwnStatus = baseline.statuses.has(sample.answer.response.status);
  return !baseline.isLike(sample) && (isOwnStatus || !isRefusal(sample.answer));
}

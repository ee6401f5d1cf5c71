import { type Answer, ask, type Send } from "./answer.ts";
import { randomNumber, shuffled } from "./random.ts";
import { type Likeness, learnLikeness } from "./similarity.ts";

/** Two numbers that differ; each round has its own, so that no page can have learned them. */
export interface Pair {
  readonly a: number;
  readonly b: number;
}

/** Values that a condition is put into. */
export interface Conditions {
  /** Must be answered as the baseline is. */
  whenTrue(pair: Pair): string;
  /** Must be answered otherwise. */
  whenFalse(pair: Pair): string;
  /** Must not be answered as the baseline is: the same broken, so that what reads it cannot make sense of it. */
  broken(pair: Pair): string;
}

/** One request of a proof. */
export interface Shot {
  readonly role: "baseline" | "true" | "false" | "broken";
  readonly sent: string;
  readonly answer: Answer;
}

/** Answers that say nothing of the application: refusals, limits, gateways. */
const REFUSALS = new Set([401, 403, 405, 406, 408, 413, 414, 418, 423, 425, 429, 431, 451, 502, 503, 504]);

export function isRefusal({ response: { status } }: Answer): boolean {
  return REFUSALS.has(status);
}

function randomPair(): Pair {
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
    ["true", conditions.whenTrue(pair)],
    ["false", conditions.whenFalse(pair)],
  ]);
}

/** False answers differ in the same way when they vary among themselves about as little as the baseline does. */
function areOfOneKind([one, two, ...others]: readonly Shot[], baseline: Likeness, original: string): boolean {
  if (!one || !two) return false;
  const alike = learnLikeness([one, two], original);
  const isSteady = alike.noise <= 2 * baseline.noise + 3;
  return isSteady && others.every((shot) => alike.isLike(shot));
}

/** Rounds after the first look, each of a baseline, a true and a false request in random order. */
const ROUNDS = 2;

/**
 * Whether what is sent is evaluated as a condition. First one true and one false request; only when they answer as the
 * claim wants, further rounds in random order with the baseline among them, and one with broken syntax. Null unless
 * every true and every baseline answer is like the baseline, every false one differs and all of them in the same way,
 * and the broken one is not like the baseline. At most 9 requests; one, when the first true answer is unlike.
 */
export async function proveDifferential(
  send: Send,
  conditions: Conditions,
  original: string,
  baseline: Likeness,
): Promise<DifferentialProof | null> {
  const first = randomPair();
  const plan: Planned[] = [
    ["true", conditions.whenTrue(first)],
    ["false", conditions.whenFalse(first)],
    ["broken", conditions.broken(first)],
    ...Array.from({ length: ROUNDS }, () => roundOf(conditions, original)).flat(),
  ];
  const shots: Shot[] = [];
  for (const [role, sent] of plan) {
    const answer = await ask(send, sent);
    const mustBeLike = role === "true" || role === "baseline";
    if (!answer || isRefusal(answer) || baseline.isLike({ answer, sent }) !== mustBeLike) return null;
    shots.push({ role, sent, answer });
  }
  const falses = shots.filter(({ role }) => role === "false");
  return areOfOneKind(falses, baseline, original) ? { shots } : null;
}

import {
  ask,
  type Baselines,
  learnLikeness,
  type Proof,
  proveConditions,
  randomNumber,
} from "@picket/plugin-sdk/probe";
import {
  bareConditions,
  commented,
  grammarOf,
  isNumber,
  joinGrammarOf,
  stringConditions,
} from "./conditions.ts";
import { knownBetter, type Subject } from "./subject.ts";

/**
 * By what can be read as SQL and what cannot: applies where quotes make the answer unlike that to another word, so that it
 * does not matter whether the endpoint's own value selects anything. One request where it does not.
 */
async function byGrammar(subject: Subject): Promise<Proof[] | null> {
  const { point, send, odd } = subject;
  const original = `${point.value}${randomNumber(1_000, 9_998)}`;
  const { varying } = subject.likeness;
  const first = await ask(send, original);
  const plain = first && { answer: first, sent: original };
  if (!plain || learnLikeness([plain, plain], original, varying).isLike(odd)) return null;
  const second = await ask(send, original);
  if (!second) return null;
  const likeness = learnLikeness([plain, { answer: second, sent: original }], original, varying);
  if (likeness.isLike(odd)) return null;
  const { value, method } = point;
  // What a GET carries is seldom stored.
  const ofStored = method === "GET" ? [] : [joinGrammarOf(value)];
  for (const kind of [grammarOf(value, "'"), grammarOf(value, '"'), ...ofStored]) {
    const proof = await proveConditions(send, kind, original, likeness);
    if (proof) return proof;
  }
  return null;
}

/** False where a number with a comment is another value than the number: then it stands in no statement as it is. */
async function isReadBare({ point, send, likeness }: Subject): Promise<boolean> {
  if (!isNumber(point.value)) return true;
  const sent = commented(point.value).alike({ a: randomNumber(1_000, 9_998), b: 0 });
  const answer = await ask(send, sent);
  return answer !== null && likeness.isLike({ answer, sent });
}

/**
 * Conditions that are true and false, in the places that a value usually stands in. None is tried where broken quotes are
 * answered as the endpoint's own value is: then nothing reads them, or nothing shows of it.
 */
export async function byCondition(first: Subject, baselines: Baselines): Promise<Proof[] | null> {
  const subject = first.likeness.isLike(first.odd) ? null : await knownBetter(first, baselines);
  if (!subject || subject.likeness.isLike(subject.odd)) return null;
  const { point, send, likeness } = subject;
  const bySyntax = await byGrammar(subject);
  if (bySyntax) return bySyntax;
  const bare = (await isReadBare(subject)) ? bareConditions(point.value) : [];
  for (const kind of [...bare, ...stringConditions(point.value)]) {
    const proof = await proveConditions(send, kind, point.value, likeness);
    if (proof) return proof;
  }
  return null;
}

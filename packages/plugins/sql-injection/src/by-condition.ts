import {
  ask,
  bodyProof,
  type Conditions,
  type DifferentialProof,
  heldControl,
  type Likeness,
  learnLikeness,
  type Proof,
  proveDifferential,
  randomNumber,
  type Shot,
} from "@picket/plugin-sdk/probe";
import { conditionsFor, grammarOf, listGrammarOf } from "./conditions.ts";
import { type Baselines, knownBetter, type Subject } from "./subject.ts";

const WORDS = {
  baseline: "asked again between the others, it is answered as before",
  alike: "answered as the endpoint's own value is",
  other: "answered otherwise",
  broken: "answered otherwise",
} as const satisfies Record<Shot["role"], string>;

function evidenceOf({ shots }: DifferentialProof, context: string): Proof[] {
  return shots.map(({ role, sent, answer }) => {
    const details = { sent, technique: "condition", context, role };
    if (role === "baseline") return heldControl(answer, WORDS.baseline, details);
    const proof = bodyProof("differential", answer, null, details);
    return { ...proof, snippet: `${sent}\n${WORDS[role]}: ${proof.snippet}` };
  });
}

async function prove(
  { send }: Subject,
  kind: Conditions & { context: string },
  original: string,
  likeness: Likeness,
): Promise<Proof[] | null> {
  const proof = await proveDifferential(send, kind, original, likeness);
  return proof && evidenceOf(proof, kind.context);
}

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
  for (const quote of [`'`, `"`] as const) {
    const proof = await prove(subject, grammarOf(point.value, quote), original, likeness);
    if (proof) return proof;
  }
  return null;
}

/**
 * Conditions that are true and false, in the places that a value usually stands in. None is tried where broken quotes are
 * answered as the endpoint's own value is: then nothing reads them, or nothing shows of it.
 */
export async function byCondition(first: Subject, baselines: Baselines): Promise<Proof[] | null> {
  const subject = first.likeness.isLike(first.odd) ? null : await knownBetter(first, baselines);
  if (!subject || subject.likeness.isLike(subject.odd)) return null;
  const { point, likeness } = subject;
  const bySyntax = await byGrammar(subject);
  if (bySyntax) return bySyntax;
  const ofLists = listGrammarOf(point.value);
  for (const kind of [...conditionsFor(point.value), ...(ofLists ? [ofLists] : [])]) {
    const proof = await prove(subject, kind, point.value, likeness);
    if (proof) return proof;
  }
  return null;
}

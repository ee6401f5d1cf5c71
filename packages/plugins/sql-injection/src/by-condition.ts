import {
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
import { conditionsFor, grammarOf } from "./conditions.ts";
import { askTwice, type Subject } from "./subject.ts";

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
 * does not matter whether the endpoint's own value selects anything. Two requests where it does not.
 */
async function byGrammar(subject: Subject): Promise<Proof[] | null> {
  const { point, send, odd } = subject;
  const original = `${point.value}${randomNumber(1_000, 9_998)}`;
  const plain = await askTwice(send, original);
  if (!plain) return null;
  const likeness = learnLikeness(plain, original);
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
export async function byCondition(subject: Subject): Promise<Proof[] | null> {
  const { point, likeness, odd } = subject;
  if (likeness.isLike(odd)) return null;
  const bySyntax = await byGrammar(subject);
  if (bySyntax) return bySyntax;
  for (const kind of conditionsFor(point.value)) {
    const proof = await prove(subject, kind, point.value, likeness);
    if (proof) return proof;
  }
  return null;
}

import type { Send } from "./answer.ts";
import { type Conditions, proveDifferential, type Shot } from "./differential.ts";
import { bodyProof, heldControl, type Proof } from "./evidence.ts";
import type { Likeness } from "./similarity.ts";

/** Conditions with the place of a statement that they are written for. */
export interface ConditionKind extends Conditions {
  readonly context: string;
}

const WORDS = {
  baseline: "asked again between the others, it is answered as before",
  alike: "answered as the endpoint's own value is",
  other: "answered otherwise",
  broken: "answered otherwise",
} as const satisfies Record<Shot["role"], string>;

/** As `proveDifferential`, with each request as evidence: what was asked, and how it was answered. */
export async function proveConditions(
  send: Send,
  kind: ConditionKind,
  original: string,
  likeness: Likeness,
): Promise<Proof[] | null> {
  const proof = await proveDifferential(send, kind, original, likeness);
  if (!proof) return null;
  return proof.shots.map(({ role, sent, answer }) => {
    const details = { sent, technique: "condition", context: kind.context, role };
    if (role === "baseline") return heldControl(answer, WORDS.baseline, details);
    const shown = bodyProof("differential", answer, null, details);
    return { ...shown, snippet: `${sent}\n${WORDS[role]}: ${shown.snippet}` };
  });
}

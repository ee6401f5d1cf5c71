import { type Answer, ask, type Send } from "./answer.ts";
import { isRefusal } from "./differential.ts";
import { bodyProof, heldControl, type Proof } from "./evidence.ts";
import type { SignatureMatch } from "./signatures.ts";
import type { Sample } from "./similarity.ts";

export interface MessageProbe<Name extends string> {
  readonly send: Send;
  readonly errorIn: (text: string) => SignatureMatch<Name> | null;
  /** The endpoint's own value. */
  readonly plain: Sample;
  /** A value that breaks the grammar of what may read it. */
  readonly odd: Sample;
  /** Another such value, with another word and in another order. */
  readonly again: string;
  /** Values that break nothing: a word, and, where there is one, the signs of `odd` in their order. */
  readonly benign: readonly string[];
  /** What the name of the message is called in the evidence, such as `database`. */
  readonly label: string;
}

/**
 * A message of what reads the value that comes with broken grammar, twice with different words, and neither with the
 * endpoint's own value nor with one that breaks nothing. No request where the first answer shows none, else two or three.
 */
export async function proveMessage<Name extends string>(probe: MessageProbe<Name>): Promise<Proof[] | null> {
  const { send, errorIn, plain, odd, again, benign, label } = probe;
  const first = errorIn(odd.answer.text);
  if (!first || isRefusal(odd.answer) || errorIn(plain.answer.text)) return null;
  const answer = await ask(send, again);
  const second = answer && errorIn(answer.text);
  if (!second || second.name !== first.name) return null;
  const controls: Proof[] = [];
  for (const sent of benign) {
    const control = await ask(send, sent);
    if (!control || errorIn(control.text)) return null;
    controls.push(heldControl(control, "what breaks nothing in its place brings no such message", { sent }));
  }
  const proofOf = (
    sent: string,
    shown: Answer,
    { name, snippet }: SignatureMatch<Name>,
    replay: number,
  ): Proof => ({
    ...bodyProof("pattern", shown, null, { sent, technique: "error", [label]: name, replay }),
    snippet,
  });
  return [
    proofOf(odd.sent, odd.answer, first, 0),
    proofOf(again, answer, second, 1),
    ...controls,
    heldControl(plain.answer, "the endpoint's own value brings no such message", { sent: plain.sent }),
  ];
}

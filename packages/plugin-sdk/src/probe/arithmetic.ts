import { type Answer, ask, type Send } from "./answer.ts";
import { offsetsIn } from "./offsets.ts";
import { createMarker, randomNumber } from "./random.ts";

/** A product that only a machine that calculates can know, between two words that only this request holds. */
export interface Sum {
  readonly before: string;
  readonly a: number;
  readonly b: number;
  readonly after: string;
}

/** Ways to have a sum worked out, and to write the same so that nothing can work it out. */
export interface Arithmetic {
  evaluated(sum: Sum): string;
  inert(sum: Sum): string;
}

export interface ArithmeticProof {
  readonly proofs: readonly ArithmeticShot[];
  readonly control: ArithmeticShot;
}

export interface ArithmeticShot {
  readonly sent: string;
  readonly answer: Answer;
  /** Character of the body at which the result begins; -1: it is not there. */
  readonly offset: number;
}

/** Five digits each: the product has nine or ten, and stands in no page by chance. */
function createSum(): Sum {
  const factor = () => randomNumber(20_011, 46_309);
  return { before: createMarker(), a: factor(), b: factor(), after: createMarker() };
}

/** Longest way to write a product: some languages group its digits. */
const MAX_RESULT = 24;

/** Where the product stands between its words; digits may be grouped. What was sent does not count: it has two factors. */
function resultOffset({ before, a, b, after }: Sum, { text }: Answer): number {
  for (const start of offsetsIn(text, before)) {
    const rest = text.slice(start + before.length, start + before.length + MAX_RESULT + after.length);
    const end = rest.indexOf(after);
    const digits = rest.slice(0, Math.max(0, end)).replace(/[\s,.'’_]|&nbsp;|&#160;/g, "");
    if (digits === String(a * b)) return start;
  }
  return -1;
}

async function calculate(
  send: Send,
  write: (sum: Sum) => string,
  sum = createSum(),
): Promise<ArithmeticShot | null> {
  const sent = write(sum);
  const answer = await ask(send, sent);
  return answer && { sent, answer, offset: resultOffset(sum, answer) };
}

/**
 * Whether the target works out what it is sent. Two different sums must come back worked out, each between its own two
 * words, and a third that is written so that it cannot be worked out must not. What was sent never holds the product, so
 * that an echo proves nothing. One request when it does not, three when it does.
 */
export async function proveArithmetic(
  send: Send,
  { evaluated, inert }: Arithmetic,
): Promise<ArithmeticProof | null> {
  const first = await calculate(send, evaluated);
  if (!first || first.offset < 0) return null;
  const second = await calculate(send, evaluated);
  if (!second || second.offset < 0) return null;
  const control = await calculate(send, inert);
  return control && control.offset < 0 ? { proofs: [first, second], control } : null;
}

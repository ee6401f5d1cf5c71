import {
  ask,
  bodyProof,
  compileSignatures,
  createMarker,
  heldControl,
  isRefusal,
  type Proof,
} from "@picket/plugin-sdk/probe";
import { isNumber } from "./conditions.ts";
import { SQL_ERRORS } from "./signatures.ts";
import { type OddAnswer, oddValue, type Subject } from "./subject.ts";

const errorIn = compileSignatures(SQL_ERRORS);

function proofOf({ sent, answer }: OddAnswer, database: string, snippet: string, replay: number): Proof {
  return { ...bodyProof("pattern", answer, null, { sent, technique: "error", database, replay }), snippet };
}

/**
 * A message of a database that comes with broken quotes, twice with different words, and neither with the endpoint's own
 * value nor with a word of letters. No request where the first answer shows none, else two.
 */
export async function byError({ point, send, baseline: [plain], odd }: Subject): Promise<Proof[] | null> {
  const first = errorIn(odd.answer.text);
  if (!first || isRefusal(odd.answer) || errorIn(plain.answer.text)) return null;
  const sent = oddValue(point.value, `"'`);
  const answer = await ask(send, sent);
  const second = answer && errorIn(answer.text);
  if (!second || second.name !== first.name) return null;
  // A word after a number is an error of its own to some databases.
  const benign = (isNumber(point.value) ? "" : point.value) + createMarker();
  const control = await ask(send, benign);
  if (!control || errorIn(control.text)) return null;
  return [
    proofOf(odd, first.name, first.snippet, 0),
    proofOf({ sent, answer }, second.name, second.snippet, 1),
    heldControl(control, "a word of letters in its place brings no such message", { sent: benign }),
    heldControl(plain.answer, "the endpoint's own value brings no such message", { sent: plain.sent }),
  ];
}

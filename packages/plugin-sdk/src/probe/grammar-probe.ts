import type { PluginContext } from "../plugin-context.ts";
import type { InsertionPoint } from "../surface/index.ts";
import type { Send } from "./answer.ts";
import { askSample, askTwice, type Baselines } from "./baselines.ts";
import { type ConditionKind, proveConditions } from "./conditions-proof.ts";
import type { Proof } from "./evidence.ts";
import { proveMessage } from "./message.ts";
import { senderOf } from "./point-sender.ts";
import { createMarker } from "./random.ts";
import type { SignatureMatch } from "./signatures.ts";
import { type Likeness, learnLikeness } from "./similarity.ts";

/** What a language of queries makes of values that become part of one. */
export interface Grammar<Name extends string = string> {
  readonly errorIn: (text: string) => SignatureMatch<Name> | null;
  /** Two ways to break it. */
  broken(value: string): readonly [string, string];
  /** Conditions for a value that selects something: true ones are answered as the value is. */
  narrowing(value: string): readonly ConditionKind[];
  /** Values that select everything where the own one selects nothing, each with conditions beside it. */
  widening(value: string): readonly (ConditionKind & { readonly all: string })[];
}

/** By true conditions that are answered as the value is, and false ones that are not. */
async function byNarrowing(
  send: Send,
  value: string,
  kinds: readonly ConditionKind[],
  likeness: Likeness,
): Promise<Proof[] | null> {
  for (const kind of kinds) {
    const proof = await proveConditions(send, kind, value, likeness);
    if (proof) return proof;
  }
  return null;
}

/** By values that select everything, beside conditions that hold or do not. One request for each kind that does not. */
async function byWidening(
  send: Send,
  kinds: ReturnType<Grammar["widening"]>,
  likeness: Likeness,
): Promise<Proof[] | null> {
  for (const kind of kinds) {
    const first = await askSample(send, kind.all);
    if (!first || likeness.isLike(first)) continue;
    const all = await askTwice(send, kind.all);
    const proof =
      all && (await proveConditions(send, kind, kind.all, learnLikeness([...all, first], kind.all)));
    if (proof) return proof;
  }
  return null;
}

/** A value that a page links to selects something, or nobody asks with it. */
function mayWiden({ isObserved, method }: InsertionPoint): boolean {
  return !isObserved || method !== "GET";
}

/**
 * Whether a value becomes part of a query in this grammar: by the reader's messages, else by conditions that only it can
 * evaluate. Three requests, two of them for the endpoint, where a broken value is answered as the own one is; else two
 * more for the endpoint and one for each kind of condition that does not hold.
 */
export async function proveGrammar(
  point: InsertionPoint,
  { errorIn, broken, narrowing, widening }: Grammar,
  { http, baselines }: Pick<PluginContext, "http"> & { baselines: Baselines },
): Promise<Proof[] | null> {
  const { value } = point;
  const send = senderOf(point, { http });
  const baseline = await baselines.of(point, send);
  const [sent, again] = broken(value);
  const odd = baseline && (await askSample(send, sent));
  if (!baseline || !odd) return null;
  const benign = value + createMarker();
  const message = { send, errorIn, plain: baseline[0], odd, again, benign, label: "reader" };
  const byMessage = await proveMessage(message);
  if (byMessage) return byMessage;
  const likeness = learnLikeness(baseline, value);
  if (likeness.isLike(odd)) return mayWiden(point) ? byWidening(send, widening(value), likeness) : null;
  const more = await baselines.more(point, send);
  const better = more && learnLikeness(more, value);
  return better && !better.isLike(odd) ? byNarrowing(send, value, narrowing(value), better) : null;
}

import type { PluginContext } from "../plugin-context.ts";
import type { InsertionPoint } from "../surface/index.ts";
import type { Send } from "./answer.ts";
import { askSample, askTwice, type Baselines } from "./baselines.ts";
import { type ConditionKind, proveConditions } from "./conditions-proof.ts";
import { randomPair } from "./differential.ts";
import type { Proof } from "./evidence.ts";
import { proveMessage } from "./message.ts";
import { senderOf } from "./point-sender.ts";
import { createMarker } from "./random.ts";
import type { SignatureMatch } from "./signatures.ts";
import { type Likeness, learnLikeness, type Sample } from "./similarity.ts";

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

interface Narrowing {
  readonly send: Send;
  readonly value: string;
  readonly kinds: readonly ConditionKind[];
  /** The endpoint's own answers as far as they are known. */
  readonly seeming: Likeness;
  /** True for an answer like that to a broken value. */
  isRefusal(sample: Sample): boolean;
  /** More of the endpoint's own answers, asked for when a condition may hold. */
  likeness(): Promise<Likeness | null>;
}

/** Whether a true condition may be answered as the value is, and a false one is not. One request where it is refused. */
async function mayHold({ send, seeming, isRefusal }: Narrowing, kind: ConditionKind): Promise<boolean> {
  const yes = await askSample(send, kind.alike(randomPair()));
  if (!yes || isRefusal(yes) || !seeming.statuses.has(yes.answer.response.status)) return false;
  const no = await askSample(send, kind.other(randomPair()));
  return no !== null && !seeming.isLike(no);
}

/** By true conditions that are answered as the value is, and false ones that are not. */
async function byNarrowing(narrowing: Narrowing): Promise<Proof[] | null> {
  const { send, value, kinds } = narrowing;
  for (const kind of kinds) {
    const likeness = (await mayHold(narrowing, kind)) ? await narrowing.likeness() : null;
    const proof = likeness && (await proveConditions(send, kind, value, likeness));
    if (proof) return proof;
  }
  return null;
}

/**
 * By values that select everything, beside conditions that hold or do not. One request for each kind that does not, or
 * that is answered as a broken value is.
 */
async function byWidening(
  send: Send,
  kinds: ReturnType<Grammar["widening"]>,
  { likeness, isRefusal }: { likeness: Likeness; isRefusal: (sample: Sample) => boolean },
): Promise<Proof[] | null> {
  for (const kind of kinds) {
    const first = await askSample(send, kind.all);
    if (!first || likeness.isLike(first) || isRefusal(first)) continue;
    const all = await askTwice(send, kind.all);
    if (!all) continue;
    const { statuses, ...everything } = learnLikeness([...all, first], kind.all);
    // What the endpoint's own value is answered with is the application's word, were it 401.
    const known = { ...everything, statuses: statuses.union(likeness.statuses) };
    const proof = await proveConditions(send, kind, kind.all, known);
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
 * evaluate. Three requests, two of them for the endpoint, where a broken value is answered as the own one is; else one
 * more for each kind of condition that is answered as a broken value is. `send`: default, the value at the point.
 */
export async function proveGrammar(
  point: InsertionPoint,
  { errorIn, broken, narrowing, widening }: Grammar,
  {
    http,
    baselines,
    send = senderOf(point, { http }),
  }: Pick<PluginContext, "http"> & { baselines: Baselines; send?: Send },
): Promise<Proof[] | null> {
  const { value } = point;
  const baseline = await baselines.of(point, send);
  const [sent, again] = broken(value);
  const odd = baseline && (await askSample(send, sent));
  if (!baseline || !odd) return null;
  const benign = [value + createMarker()];
  const message = { send, errorIn, plain: baseline[0], odd, again, benign, label: "reader" };
  const byMessage = await proveMessage(message);
  if (byMessage) return byMessage;
  const likeness = learnLikeness(baseline, value);
  const { isLike: isRefusal } = learnLikeness([odd, odd], odd.sent);
  if (!likeness.isLike(odd)) {
    const better = async () => {
      const more = await baselines.more(point, send);
      const known = more && learnLikeness(more, value);
      return known?.isLike(odd) ? null : known;
    };
    const kinds = narrowing(value);
    const proof = await byNarrowing({ send, value, kinds, seeming: likeness, isRefusal, likeness: better });
    if (proof) return proof;
  }
  return mayWiden(point) ? byWidening(send, widening(value), { likeness, isRefusal }) : null;
}

import type { CallbackProbe, TokenHit } from "@picket/core";
import type { PluginContext } from "../plugin-context.ts";
import { type Answer, byteOffset, snippetAt } from "./answer.ts";
import { heldControl, type Proof } from "./evidence.ts";

/** What was sent with a probe's address in it, and the answer; null: there was none. */
export interface SentProbe {
  readonly sent: string;
  readonly answer: Answer | null;
}

/** One way to have the target ask for an address. */
export interface CallbackWay {
  send(probe: CallbackProbe): Promise<SentProbe>;
  /** Sends the address where it must do nothing: who asks for it all the same follows any address that it sees. */
  sendInert(probe: CallbackProbe): Promise<SentProbe>;
}

export interface CallbackShot extends SentProbe {
  readonly way: CallbackWay;
  readonly probe: CallbackProbe;
}

/** What callbacks need: the plugin's context, with how long one is waited for. */
export interface CallbackContext extends Pick<PluginContext, "callbacks" | "log"> {
  readonly settings: { readonly waitMs: number };
}

/** Tokens of one question for hits. */
const TOKENS_AT_ONCE = 200;

/**
 * A new probe; null where there is no listener, or the run has had all that it may have. Throws when the listener is
 * away: the run must not count as one that looked.
 */
export async function nextProbe({ callbacks, log }: CallbackContext): Promise<CallbackProbe | null> {
  const probe = await callbacks.probe();
  if (probe.ok) return probe;
  if (probe.reason === "unavailable") throw new Error(`callbacks are unavailable: ${probe.detail}`);
  log.warn(probe.detail);
  return null;
}

/** Null: there was no probe to send. */
export async function shoot(way: CallbackWay, context: CallbackContext): Promise<CallbackShot | null> {
  const probe = await nextProbe(context);
  return probe && { way, probe, ...(await way.send(probe)) };
}

/** Hits of these tokens, waited for a while. Throws when the listener is away. */
async function hitsOf(
  tokens: readonly string[],
  { callbacks, settings: { waitMs } }: CallbackContext,
): Promise<TokenHit[]> {
  const hits: TokenHit[] = [];
  for (let from = 0; from < tokens.length; from += TOKENS_AT_ONCE) {
    const found = await callbacks.hits(tokens.slice(from, from + TOKENS_AT_ONCE), {
      waitMs: from === 0 ? waitMs : 0,
    });
    if (!found.ok) throw new Error(`callbacks are unavailable: ${found.detail}`);
    hits.push(...found.hits);
  }
  return hits;
}

/** The shots that were heard of. */
export async function shotsThatHit(
  shots: readonly CallbackShot[],
  context: CallbackContext,
): Promise<CallbackShot[]> {
  if (shots.length === 0) return [];
  const hits = await hitsOf(
    shots.map(({ probe }) => probe.token),
    context,
  );
  const heard = new Set(hits.map(({ token }) => token));
  return shots.filter(({ probe }) => heard.has(probe.token));
}

export interface CallbackProof {
  /** `http`: both probes were asked for over HTTP; `dns`: their names were looked up, and that is all. */
  readonly channel: "http" | "dns";
  /** Whether the answers showed what the listener had answered. */
  readonly isShown: boolean;
  readonly evidence: readonly Proof[];
}

function proofOf({ sent, answer, probe }: CallbackShot, hit: TokenHit, replay: number): Proof {
  const at = answer?.text.indexOf(probe.answer) ?? -1;
  const shown = answer && at >= 0 ? `\n\n${snippetAt(answer.text, at)}` : "";
  return {
    kind: hit.channel === "http" ? "callback" : "lookup",
    snippet:
      `${sent}\n\n${hit.at} from ${hit.from}: ${hit.what}${hit.agent && ` (${hit.agent})`}${shown}`.slice(
        0,
        2_000,
      ),
    location:
      answer && at >= 0
        ? { part: "response_body", offset: byteOffset(answer.text, at) }
        : { part: "request" },
    ...(answer && { fetchId: answer.response.fetchId }),
    details: { sent: sent.slice(0, 1_000), channel: hit.channel, isShown: at >= 0, replay },
  };
}

/**
 * Proves what one hit only suggests: another token, sent the same way, is asked for too, and a third one, sent beside it
 * where it must do nothing, is not. Null when it is not so. Two requests, and the wait for what must not come.
 */
export async function proveCallback(
  first: CallbackShot,
  context: CallbackContext,
): Promise<CallbackProof | null> {
  const inert = await nextProbe(context);
  const control = inert && (await first.way.sendInert(inert));
  const again = await shoot(first.way, context);
  if (!inert || !control?.answer || !again) return null;
  const shots = [first, again];
  const hits = await hitsOf([first.probe.token, again.probe.token], context);
  const stray = await hitsOf([inert.token], context);
  if (stray.length > 0) {
    context.log.warn("addresses are followed wherever they stand", { sent: control.sent.slice(0, 200) });
    return null;
  }
  const of = (token: string, channel: string) =>
    hits.find((hit) => hit.token === token && hit.channel === channel);
  for (const channel of ["http", "dns"] as const) {
    const found = shots.flatMap((shot, replay) => {
      const hit = of(shot.probe.token, channel);
      return hit ? [proofOf(shot, hit, replay)] : [];
    });
    if (found.length < shots.length) continue;
    const isShown = shots.every(({ answer, probe }) => answer?.text.includes(probe.answer));
    const words = "an address that was sent where it does nothing was not asked for";
    return {
      channel,
      isShown,
      evidence: [...found, heldControl(control.answer, words, { sent: control.sent })],
    };
  }
  return null;
}

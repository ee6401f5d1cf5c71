import type { PluginContext, Verdict } from "@picket/plugin-sdk";
import {
  ask,
  type CallbackContext,
  type CallbackShot,
  type CallbackWay,
  createMarker,
  proveCallback,
  type Send,
  senderOf,
  shoot,
} from "@picket/plugin-sdk/probe";
import { atParameter, type InsertionPoint, sendFresh } from "@picket/plugin-sdk/surface";
import { isInside, type Spelling, spellingsFor } from "./addresses.ts";
import { NAME_LOOKUP, SSRF, SSRF_OUTSIDE } from "./claims.ts";
import { byRefusal, closedAddress, showsRefusal } from "./refusals.ts";

export type Context = CallbackContext & Pick<PluginContext, "http">;

/** A parameter that was sent addresses, and what may come of it. */
export interface Tried {
  readonly point: InsertionPoint;
  readonly shots: readonly CallbackShot[];
  /** An answer spoke of a connection that was refused. */
  readonly isRefusal: boolean;
}

/** The point's own value, and the address in a parameter of the query that no program knows. */
function inertSender(point: InsertionPoint, { http }: Context): Send {
  return (address) => {
    const build = (fresh: InsertionPoint) => {
      const request = fresh.request(point.value);
      const url = new URL(request.url);
      url.searchParams.append(createMarker(), address);
      return { ...request, url: url.href };
    };
    return sendFresh(point, build, { http });
  };
}

function wayOf(point: InsertionPoint, spell: Spelling, context: Context): CallbackWay {
  const [send, sendInert] = [senderOf(point, context), inertSender(point, context)];
  return {
    async send({ httpUrl }) {
      const sent = spell(httpUrl);
      return { sent, answer: await ask(send, sent) };
    },
    sendInert: async ({ httpUrl }) => ({ sent: httpUrl, answer: await ask(sendInert, httpUrl) }),
  };
}

/** One request, two where the parameter was seen with an address in it. */
export async function tryPoint(point: InsertionPoint, context: Context): Promise<Tried> {
  const shots: CallbackShot[] = [];
  for (const spell of spellingsFor(point)) {
    const shot = await shoot(wayOf(point, spell, context), context);
    if (!shot) break;
    shots.push(shot);
  }
  return { point, shots, isRefusal: shots.some(({ answer }) => answer !== null && showsRefusal(answer)) };
}

/** The same without a listener: an address that the server's own machine refuses. */
export async function tryClosedPort(point: InsertionPoint, context: Context): Promise<Tried> {
  const [spell = (address: string) => address] = spellingsFor(point);
  const answer = await ask(senderOf(point, context), spell(closedAddress()));
  return { point, shots: [], isRefusal: answer !== null && showsRefusal(answer) };
}

async function byCallback(shots: readonly CallbackShot[], context: Context) {
  for (const shot of shots) {
    const proof = await proveCallback(shot, context);
    if (!proof) continue;
    const { channel, isShown, evidence } = proof;
    if (channel === "dns") return { claim: NAME_LOOKUP, evidence };
    return { claim: isShown || isInside(shot.probe.httpUrl) ? SSRF : SSRF_OUTSIDE, evidence };
  }
  return null;
}

async function proofFor(
  { point, shots, isRefusal }: Tried,
  heard: ReadonlySet<CallbackShot>,
  context: Context,
) {
  const called = await byCallback(
    shots.filter((shot) => heard.has(shot)),
    context,
  );
  if (called || !isRefusal) return called;
  const evidence = await byRefusal(point, context);
  return evidence && { claim: SSRF, evidence };
}

/** `heard`: the shots that something asked for. */
export async function judgePoint(
  tried: Tried,
  heard: ReadonlySet<CallbackShot>,
  context: Context,
): Promise<Verdict | null> {
  const proof = await proofFor(tried, heard, context);
  return proof && atParameter(proof.claim, tried.point, proof.evidence);
}

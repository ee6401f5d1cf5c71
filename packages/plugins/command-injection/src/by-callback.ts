import type { PluginContext, Verdict } from "@picket/plugin-sdk";
import {
  ask,
  type CallbackContext,
  type CallbackShot,
  type CallbackWay,
  proveCallback,
  senderOf,
  shoot,
  shotsThatHit,
} from "@picket/plugin-sdk/probe";
import { atParameter, type InsertionPoint } from "@picket/plugin-sdk/surface";
import { COMMAND_INJECTION } from "./claims.ts";
import { callsTo } from "./commands.ts";

type Context = CallbackContext & Pick<PluginContext, "http">;

/** A point that was sent a command which asks for an address. */
export interface Tried {
  readonly point: InsertionPoint;
  readonly shot: CallbackShot;
}

function wayOf(point: InsertionPoint, context: Context): CallbackWay {
  const send = senderOf(point, context);
  const { calling, inert } = callsTo(point.value);
  const sendAs = async (sent: string) => ({ sent, answer: await ask(send, sent) });
  return {
    send: ({ httpUrl }) => sendAs(calling(httpUrl)),
    sendInert: ({ httpUrl }) => sendAs(inert(httpUrl)),
  };
}

/** One request. Null: there was no address to send. */
export async function tryCallback(point: InsertionPoint, context: Context): Promise<Tried | null> {
  const shot = await shoot(wayOf(point, context), context);
  return shot && { point, shot };
}

/** Those whose address was asked for; waits once for all. */
export async function heardOf(tried: readonly Tried[], context: Context): Promise<Tried[]> {
  const heard = new Set(
    await shotsThatHit(
      tried.map(({ shot }) => shot),
      context,
    ),
  );
  return tried.filter(({ shot }) => heard.has(shot));
}

/** A name that is only looked up proves no command: mail filters and readers of logs do that. */
export async function byCallback({ point, shot }: Tried, context: Context): Promise<Verdict | null> {
  const proof = await proveCallback(shot, context);
  return proof?.channel === "http" ? atParameter(COMMAND_INJECTION, point, [...proof.evidence]) : null;
}

import type { PluginContext } from "@picket/plugin-sdk";
import {
  ask,
  bodyProof,
  heldControl,
  type Proof,
  proveArithmetic,
  proveDelay,
  type Send,
  senderOf,
} from "@picket/plugin-sdk/probe";
import type { InsertionPoint } from "@picket/plugin-sdk/surface";
import { sleepFor, sumsFor } from "./commands.ts";

type Context = Pick<PluginContext, "http" | "signal">;

/** One request for each of `ways`, two more when one of them runs. */
export async function byOutput(
  point: InsertionPoint,
  send: Send,
  ways = sumsFor(point.value),
): Promise<Proof[] | null> {
  for (const sums of ways) {
    const proof = await proveArithmetic(send, sums);
    if (!proof) continue;
    return [
      ...proof.proofs.map(({ sent, answer, offset }, replay) =>
        bodyProof("content_proof", answer, offset, { sent, technique: "output", replay }),
      ),
      heldControl(proof.control.answer, "the same words as an argument are not worked out", {
        sent: proof.control.sent,
      }),
    ];
  }
  return null;
}

async function plainTimes(point: InsertionPoint, send: Send): Promise<number[]> {
  const answers = [await ask(send, point.value), await ask(send, point.value)];
  return answers.flatMap((answer) => (answer ? [answer.response.elapsedMs] : []));
}

/** Three requests where nothing waits. */
export async function byDelay(point: InsertionPoint, context: Context): Promise<Proof[] | null> {
  const { http, signal } = context;
  const probe = {
    ...sleepFor(point.value),
    send: (value: string, times: { timeoutMs: number; askedDelayMs: number }) =>
      senderOf(point, { http }, times)(value),
    signal,
  };
  const proof = await proveDelay(probe, await plainTimes(point, senderOf(point, context)));
  if (!proof) return null;
  return proof.shots.map(({ role, sent, asked, elapsedMs, answer }) => {
    const details = { sent, technique: "delay", asked, elapsedMs };
    const words = `asked for ${asked} s, answered after ${Math.round(elapsedMs)} ms`;
    if (role === "control") return heldControl(answer, `as an argument: ${words}`, details);
    return { ...bodyProof("timing", answer, null, details), snippet: `${sent}\n${words}` };
  });
}

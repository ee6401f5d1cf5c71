import type { PluginContext, Verdict } from "@picket/plugin-sdk";
import {
  type Answer,
  ask,
  bodyProof,
  createMarker,
  fileContentOffset,
  heldControl,
  type KnownFile,
  type Send,
  senderOf,
} from "@picket/plugin-sdk/probe";
import type { InsertionPoint } from "@picket/plugin-sdk/surface";
import { FILE_INCLUSION, PATH_TRAVERSAL } from "./claims.ts";
import { proveInclusion } from "./inclusion.ts";
import { isLikelyFile, pathOf, type Way, waysFor } from "./paths.ts";

interface Shown {
  readonly file: KnownFile;
  readonly sent: string;
  readonly answer: Answer;
  readonly offset: number;
}

async function show(send: Send, way: Way, file: KnownFile): Promise<Shown | null> {
  const sent = way.write(pathOf(file));
  const answer = await ask(send, sent);
  const offset = answer ? fileContentOffset(file, answer.text) : -1;
  return answer && offset >= 0 ? { file, sent, answer, offset } : null;
}

/** A second file shows that the name decides; where it is not to be had, the first once more. */
async function showAgain(send: Send, way: Way): Promise<Shown | null> {
  const other = way.file === "passwd" ? await show(send, way, "hosts") : null;
  return other ?? show(send, way, way.file);
}

/** The same way to a file that is not there. */
async function controlOf(send: Send, way: Way): Promise<{ sent: string; answer: Answer } | null> {
  const sent = way.write(`etc/${createMarker()}`);
  const answer = await ask(send, sent);
  if (!answer || fileContentOffset(way.file, answer.text) >= 0) return null;
  return { sent, answer };
}

async function prove(
  send: Send,
  way: Way,
  plain: () => Promise<Answer | null>,
): Promise<Verdict["evidence"] | null> {
  const first = await show(send, way, way.file);
  if (!first) return null;
  const again = await showAgain(send, way);
  const control = again && (await controlOf(send, way));
  const own = control && (await plain());
  if (!again || !control || !own || fileContentOffset(way.file, own.text) >= 0) return null;
  return [
    ...[first, again].map(({ file, sent, answer, offset }) =>
      bodyProof("content_proof", answer, offset, { sent, file }),
    ),
    heldControl(control.answer, "a file that is not there is not shown", { sent: control.sent }),
    heldControl(own, "the endpoint's own value shows no such file", {}),
  ];
}

/** One request where nothing names a file, else one for each way and two for inclusion; four more for a proof. */
export async function probePoint(
  point: InsertionPoint,
  context: Pick<PluginContext, "lookingFor">,
): Promise<Verdict | null> {
  // What leaks once need not lie around twice.
  const sendFor = ({ type }: typeof PATH_TRAVERSAL) =>
    senderOf(point, context.lookingFor(type), { storage: "none" });
  const send = sendFor(PATH_TRAVERSAL);
  for (const way of waysFor(point)) {
    const evidence = await prove(send, way, () => ask(send, point.value));
    if (!evidence) continue;
    return verdictOf(PATH_TRAVERSAL, point, evidence);
  }
  const evidence = isLikelyFile(point) ? await proveInclusion(point, sendFor(FILE_INCLUSION)) : null;
  return evidence && verdictOf(FILE_INCLUSION, point, evidence);
}

function verdictOf(
  claim: typeof PATH_TRAVERSAL,
  { instance }: InsertionPoint,
  evidence: Verdict["evidence"],
): Verdict {
  return { finding: { ...claim, rootCause: { level: "parameter" }, instance }, evidence };
}

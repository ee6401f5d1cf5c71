import { definePlugin, judgeEach, type PluginContext, type Verdict } from "@picket/plugin-sdk";
import {
  type ArithmeticProof,
  ask,
  bodyProof,
  createMarker,
  heldControl,
  proveArithmetic,
  senderOf,
} from "@picket/plugin-sdk/probe";
import { EVERY_POSITION, type InsertionPoint, readSurface } from "@picket/plugin-sdk/surface";
import { z } from "zod";
import { TEMPLATE_INJECTION } from "./claims.ts";
import { EXPRESSIONS } from "./expressions.ts";

function verdictOf(point: InsertionPoint, { proofs, control }: ArithmeticProof, engines: string): Verdict {
  return {
    finding: { ...TEMPLATE_INJECTION, rootCause: { level: "parameter" }, instance: point.instance },
    evidence: [
      ...proofs.map(({ sent, answer, offset }, replay) =>
        bodyProof("content_proof", answer, offset, { sent, engines, replay }),
      ),
      heldControl(control.answer, "the same sum without a template's signs is not worked out", {
        sent: control.sent,
      }),
    ],
  };
}

/** One request where a word does not come back; else one for each kind of expression until one is worked out. */
async function probePoint(
  point: InsertionPoint,
  context: Pick<PluginContext, "http">,
): Promise<Verdict | null> {
  const send = senderOf(point, context);
  const marker = createMarker();
  const plain = await ask(send, marker);
  if (!plain?.text.includes(marker)) return null;
  for (const expressions of EXPRESSIONS) {
    const proof = await proveArithmetic(send, expressions);
    if (proof) return verdictOf(point, proof, expressions.engines);
  }
  return null;
}

export const plugin = definePlugin({
  name: "template-injection",
  description: "Sends sums in the languages of template engines, to see whether the server works them out.",
  version: "1.1.0",
  requiredCapabilities: ["http:intrusive", "auth:use"],
  stage: "probe",
  emits: [TEMPLATE_INJECTION.type],
  limits: { timeoutMs: 1_200_000 },
  config: z.object({}),
  async *run(scan, context) {
    const points = await readSurface(scan, context, { positions: EVERY_POSITION });
    yield* judgeEach(points, (point) => probePoint(point, context));
  },
});

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
import { CODE_INJECTION, TEMPLATE_INJECTION } from "./claims.ts";
import { CODES } from "./code.ts";
import { EXPRESSIONS } from "./expressions.ts";

type Context = Pick<PluginContext, "lookingFor">;

function verdictOf(
  claim: typeof TEMPLATE_INJECTION,
  point: InsertionPoint,
  { proofs, control }: ArithmeticProof,
  engines: string,
): Verdict {
  return {
    finding: { ...claim, rootCause: { level: "parameter" }, instance: point.instance },
    evidence: [
      ...proofs.map(({ sent, answer, offset }, replay) =>
        bodyProof("content_proof", answer, offset, { sent, engines, replay }),
      ),
      heldControl(control.answer, "the same sum as a mere text is not worked out", {
        sent: control.sent,
      }),
    ],
  };
}

/** One request for each language of which nothing is run. */
async function probeCode(point: InsertionPoint, context: Context): Promise<Verdict | null> {
  const send = senderOf(point, context.lookingFor(CODE_INJECTION.type));
  for (const code of CODES) {
    const proof = await proveArithmetic(send, code);
    if (proof) return verdictOf(CODE_INJECTION, point, proof, code.language);
  }
  return null;
}

/** One request where a word does not come back; else one for each kind of expression until one is worked out. */
async function probeTemplate(point: InsertionPoint, context: Context): Promise<Verdict | null> {
  const send = senderOf(point, context.lookingFor(TEMPLATE_INJECTION.type));
  const marker = createMarker();
  const plain = await ask(send, marker);
  if (!plain?.text.includes(marker)) return null;
  for (const expressions of EXPRESSIONS) {
    const proof = await proveArithmetic(send, expressions);
    if (proof) return verdictOf(TEMPLATE_INJECTION, point, proof, expressions.engines);
  }
  return null;
}

export const plugin = definePlugin({
  name: "template-injection",
  description:
    "Sends sums in the languages of template engines, of PHP, JavaScript, Python and Ruby, to see whether the server works them out.",
  version: "1.3.0",
  requiredCapabilities: ["http:intrusive", "auth:use"],
  stage: "probe",
  emits: [TEMPLATE_INJECTION.type, CODE_INJECTION.type],
  limits: { timeoutMs: 1_200_000 },
  config: z.object({}),
  async *run(scan, context) {
    const points = await readSurface(scan, context, { positions: EVERY_POSITION });
    yield* judgeEach(
      points,
      async (point) => (await probeTemplate(point, context)) ?? (await probeCode(point, context)),
    );
  },
});

import { definePlugin, judgeEach, type PluginContext, type Verdict } from "@picket/plugin-sdk";
import { senderOf } from "@picket/plugin-sdk/probe";
import { atParameter, EVERY_POSITION, type InsertionPoint, readSurface } from "@picket/plugin-sdk/surface";
import { z } from "zod";
import { COMMAND_INJECTION } from "./claims.ts";
import { byDelay, byOutput } from "./probe.ts";

const config = z.object({
  delays: z.boolean().default(true).describe("Ask the shell to wait where nothing that it prints comes back"),
});

async function probePoint(
  point: InsertionPoint,
  context: PluginContext<z.output<typeof config>>,
): Promise<Verdict | null> {
  const evidence =
    (await byOutput(point, senderOf(point, context))) ??
    (context.settings.delays ? await byDelay(point, context) : null);
  return atParameter(COMMAND_INJECTION, point, evidence);
}

export const plugin = definePlugin({
  name: "command-injection",
  description:
    "Sends commands of a POSIX shell that print a sum or wait, to see whether the server runs them.",
  version: "1.1.0",
  requiredCapabilities: ["http:intrusive", "auth:use"],
  stage: "probe",
  emits: [COMMAND_INJECTION.type],
  limits: { timeoutMs: 3_600_000 },
  config,
  async *run(scan, context) {
    const points = await readSurface(scan, context, { positions: EVERY_POSITION });
    yield* judgeEach(points, (point) => probePoint(point, context), { atOnce: 3 });
  },
});

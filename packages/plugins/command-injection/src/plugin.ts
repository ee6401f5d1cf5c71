import { definePlugin, judgeEach, type PluginContext, type Verdict } from "@picket/plugin-sdk";
import { senderOf } from "@picket/plugin-sdk/probe";
import {
  atParameter,
  EVERY_POSITION,
  type InsertionPoint,
  judgeHeaders,
  readSurface,
  usualHeaders,
} from "@picket/plugin-sdk/surface";
import { z } from "zod";
import { COMMAND_INJECTION } from "./claims.ts";
import { sumsFor } from "./commands.ts";
import { byDelay, byOutput } from "./probe.ts";

/** Few: a command that waits holds one of the target's processes. */
const AT_ONCE = 3;

const config = z.object({
  delays: z.boolean().default(true).describe("Ask the shell to wait where nothing that it prints comes back"),
});

type Context = PluginContext<z.output<typeof config>>;

async function probePoint(point: InsertionPoint, context: Context): Promise<Verdict | null> {
  const evidence =
    (await byOutput(point, senderOf(point, context))) ??
    (context.settings.delays ? await byDelay(point, context) : null);
  return atParameter(COMMAND_INJECTION, point, evidence);
}

/** What every page is sent is tried in one way. */
async function probeHeader(point: InsertionPoint, context: Context): Promise<Verdict | null> {
  const [first] = sumsFor(point.value);
  return first
    ? atParameter(COMMAND_INJECTION, point, await byOutput(point, senderOf(point, context), [first]))
    : null;
}

export const plugin = definePlugin({
  name: "command-injection",
  description:
    "Sends commands of a POSIX shell that print a sum or wait, to see whether the server runs them.",
  version: "1.2.0",
  requiredCapabilities: ["http:intrusive", "auth:use"],
  stage: "probe",
  emits: [COMMAND_INJECTION.type],
  limits: { timeoutMs: 3_600_000 },
  config,
  async *run(scan, context) {
    const headers = await usualHeaders(scan, context);
    const points = await readSurface(scan, context, { positions: EVERY_POSITION });
    yield* judgeEach(points, (point) => probePoint(point, context), { atOnce: AT_ONCE });
    const judge = (point: InsertionPoint) => probeHeader(point, context);
    yield* judgeEach(headers, (set) => judgeHeaders(set, judge), { atOnce: AT_ONCE });
  },
});

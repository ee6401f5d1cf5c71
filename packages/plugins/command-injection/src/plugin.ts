import { definePlugin, judgeRounds, type PluginContext, type Verdict } from "@picket/plugin-sdk";
import { nextProbe, senderOf } from "@picket/plugin-sdk/probe";
import {
  atParameter,
  EVERY_POSITION,
  type InsertionPoint,
  judgeHeaders,
  readSurface,
  usualHeaders,
} from "@picket/plugin-sdk/surface";
import { z } from "zod";
import { byCallback, heardOf, type Tried, tryCallback } from "./by-callback.ts";
import { COMMAND_INJECTION } from "./claims.ts";
import { sumsFor } from "./commands.ts";
import { byDelay, byOutput } from "./probe.ts";

/** Few: a command that waits holds one of the target's processes. */
const AT_ONCE = 3;

const config = z.object({
  delays: z.boolean().default(true).describe("Ask the shell to wait where nothing that it prints comes back"),
  waitMs: z.int().min(0).max(15_000).default(4_000).describe("How long a callback is waited for, ms"),
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
    "Sends commands of a POSIX shell that print a sum, wait or ask for an address, to see whether the server runs them.",
  version: "1.3.0",
  requiredCapabilities: ["http:intrusive", "callback:use", "auth:use"],
  stage: "probe",
  emits: [COMMAND_INJECTION.type],
  limits: { timeoutMs: 3_600_000 },
  config,
  async *run(scan, context) {
    const headers = await usualHeaders(scan, context);
    const points = await readSurface(scan, context, { positions: EVERY_POSITION });
    const hasListener = points.length > 0 && (await nextProbe(context)) !== null;
    const tried: Tried[] = [];
    const judgePoint = async (point: InsertionPoint) => {
      const verdict = await probePoint(point, context);
      const one = verdict === null && hasListener ? await tryCallback(point, context) : null;
      if (one) tried.push(one);
      return verdict;
    };
    const judgeHeader = (point: InsertionPoint) => probeHeader(point, context);
    yield* judgeRounds(
      [
        () => points.map((point) => () => judgePoint(point)),
        () => headers.map((set) => () => judgeHeaders(set, judgeHeader)),
        async () => (await heardOf(tried, context)).map((one) => () => byCallback(one, context)),
      ],
      { atOnce: AT_ONCE },
    );
  },
});

import { definePlugin, judgeRounds, type PluginContext, type Verdict } from "@picket/plugin-sdk";
import { type Baselines, createBaselines, senderOf } from "@picket/plugin-sdk/probe";
import {
  atParameter,
  EVERY_POSITION,
  type InsertionPoint,
  judgeHeaders,
  readSurface,
  usualHeaders,
} from "@picket/plugin-sdk/surface";
import { z } from "zod";
import { byCondition } from "./by-condition.ts";
import { byDelay } from "./by-delay.ts";
import { bringsError, byError } from "./by-error.ts";
import { SQL_INJECTION } from "./claims.ts";
import { openSubject } from "./subject.ts";

/** Few: an injected delay holds one of the target's database connections for seconds. */
const AT_ONCE = 3;

const config = z.object({
  delays: z.boolean().default(true).describe("Ask databases to wait where nothing else shows an injection"),
});

type Context = PluginContext<z.output<typeof config>>;

/** The cheapest proof first; null: none held. */
async function probePoint(
  point: InsertionPoint,
  context: Context,
  baselines: Baselines,
): Promise<Verdict | null> {
  const subject = await openSubject(point, context, baselines);
  if (!subject) return null;
  const evidence =
    (await byError(subject)) ??
    (await byCondition(subject, baselines)) ??
    (context.settings.delays ? await byDelay(subject, context) : null);
  return atParameter(SQL_INJECTION, point, evidence);
}

/** What every page is sent is judged by messages alone: one request where there is none. */
async function probeHeader(
  point: InsertionPoint,
  context: Context,
  baselines: Baselines,
): Promise<Verdict | null> {
  if (!(await bringsError(point, senderOf(point, context)))) return null;
  const subject = await openSubject(point, context, baselines);
  return atParameter(SQL_INJECTION, point, subject && (await byError(subject)));
}

export const plugin = definePlugin({
  name: "sql-injection",
  description:
    "Finds parameters that become part of SQL statements, by messages, by conditions and by delays of the database.",
  version: "1.3.0",
  requiredCapabilities: ["http:intrusive", "auth:use"],
  stage: "probe",
  emits: [SQL_INJECTION.type],
  limits: { timeoutMs: 3_600_000 },
  config,
  async *run(scan, context) {
    const baselines = createBaselines();
    const headers = await usualHeaders(scan, context);
    const points = await readSurface(scan, context, { positions: EVERY_POSITION });
    const judgeHeader = (point: InsertionPoint) => probeHeader(point, context, baselines);
    yield* judgeRounds(
      [
        () => points.map((point) => () => probePoint(point, context, baselines)),
        () => headers.map((set) => () => judgeHeaders(set, judgeHeader)),
      ],
      { atOnce: AT_ONCE },
    );
  },
});

import { definePlugin, judgeEach, mapInOrder } from "@picket/plugin-sdk";
import { nextProbe, shotsThatHit } from "@picket/plugin-sdk/probe";
import { readSurface } from "@picket/plugin-sdk/surface";
import { z } from "zod";
import { mayBeAddress } from "./addresses.ts";
import { NAME_LOOKUP, SSRF } from "./claims.ts";
import { type Context, judgePoint, type Tried, tryClosedPort, tryPoint } from "./probe.ts";

const AT_ONCE = 4;

/** What was asked for by now, judged; `waitMs` is how long that is waited for. */
async function* judgeHeard(tried: readonly Tried[], context: Context) {
  const shots = tried.flatMap((one) => one.shots);
  const heard = new Set(await shotsThatHit(shots, context));
  yield* judgeEach(tried, (one) => judgePoint(one, heard, context), { atOnce: AT_ONCE });
  return tried.filter((one) => !one.isRefusal && !one.shots.some((shot) => heard.has(shot)));
}

export const plugin = definePlugin({
  name: "ssrf",
  description:
    "Sends the callback listener's address where addresses are taken, to see whether the server asks for it.",
  version: "1.1.0",
  requiredCapabilities: ["http:intrusive", "callback:use", "auth:use"],
  stage: "probe",
  emits: [SSRF.type, NAME_LOOKUP.type],
  limits: { timeoutMs: 1_200_000 },
  config: z.object({
    maxParameters: z.int().min(1).max(900).default(400).describe("Parameters to try, at most"),
    waitMs: z.int().min(0).max(15_000).default(4_000).describe("How long a callback is waited for, ms"),
    lateMs: z
      .int()
      .min(0)
      .max(15_000)
      .default(10_000)
      .describe("How long those are waited for once more that a queue fetches later, ms"),
  }),
  async *run(scan, context) {
    const { settings, log } = context;
    const surface = await readSurface(scan, context, {
      positions: ["query", "form", "json", "xml", "path", "header"],
      headers: ["referer"],
    });
    const points = surface.filter(mayBeAddress);
    const left = points.length - settings.maxParameters;
    if (left > 0) log.warn("parameter cap reached", { maxParameters: settings.maxParameters, left });
    const tryOne = points.length > 0 && (await nextProbe(context)) ? tryPoint : tryClosedPort;
    const tried: Tried[] = [];
    const wanted = points.slice(0, settings.maxParameters);
    for await (const one of mapInOrder(wanted, AT_ONCE, (point) => tryOne(point, context))) tried.push(one);
    const silent = yield* judgeHeard(tried, context);
    const { lateMs } = settings;
    if (lateMs > 0) yield* judgeHeard(silent, { ...context, settings: { waitMs: lateMs } });
  },
});

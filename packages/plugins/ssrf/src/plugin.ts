import { definePlugin, judgeEach, mapInOrder } from "@picket/plugin-sdk";
import { type CallbackShot, nextProbe, shotsThatHit } from "@picket/plugin-sdk/probe";
import { readSurface } from "@picket/plugin-sdk/surface";
import { z } from "zod";
import { mayBeAddress } from "./addresses.ts";
import { NAME_LOOKUP, SSRF } from "./claims.ts";
import { type Context, judgePoint, type Tried, tryClosedPort, tryPoint } from "./probe.ts";

const AT_ONCE = 4;

interface Wait {
  readonly one: Tried;
  readonly heard: ReadonlySet<CallbackShot>;
  readonly context: Context;
}

/** Each place, once what it asked for was heard, or when the longest wait is over. */
async function* heardInTurn(
  tried: readonly Tried[],
  context: Context,
  waits: readonly number[],
): AsyncGenerator<Wait> {
  let silent = tried;
  for (const waitMs of waits) {
    const waiting = { ...context, settings: { waitMs } };
    const shots = silent.flatMap((one) => one.shots);
    const heard = new Set(await shotsThatHit(shots, waiting));
    const isHeard = ({ isRefusal, shots }: Tried) => isRefusal || shots.some((shot) => heard.has(shot));
    yield* silent.filter(isHeard).map((one) => ({ one, heard, context: waiting }));
    silent = silent.filter((one) => !isHeard(one));
  }
}

export const plugin = definePlugin({
  name: "ssrf",
  description:
    "Sends the callback listener's address where addresses are taken, to see whether the server asks for it.",
  version: "1.1.1",
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
    const heard = heardInTurn(tried, context, [settings.waitMs, settings.lateMs]);
    yield* judgeEach(heard, (each) => judgePoint(each.one, each.heard, each.context), { atOnce: AT_ONCE });
  },
});

import { definePlugin, judgeEach, mapInOrder, type PluginContext, type Verdict } from "@picket/plugin-sdk";
import {
  type CallbackContext,
  type CallbackShot,
  nextProbe,
  proveCallback,
  shoot,
  shotsThatHit,
} from "@picket/plugin-sdk/probe";
import { z } from "zod";
import { DTD_PROCESSED, NAME_LOOKUP, XXE } from "./claims.ts";
import { findPlaces, type XmlPlace } from "./places.ts";
import { byExpansion, byFile, callbackWays } from "./proofs.ts";

const AT_ONCE = 4;

type Context = CallbackContext & Pick<PluginContext, "http">;

/** A place that documents were sent to. */
interface Tried {
  readonly place: XmlPlace;
  readonly expanded: Verdict["evidence"] | null;
  readonly shots: readonly CallbackShot[];
}

/** Three requests, one of them without a listener. */
async function tryPlace(place: XmlPlace, context: Context, hasListener: boolean): Promise<Tried> {
  const expanded = await byExpansion(place, context);
  const shots: CallbackShot[] = [];
  for (const way of hasListener ? callbackWays(place, context) : []) {
    const shot = await shoot(way, context);
    if (shot) shots.push(shot);
  }
  return { place, expanded, shots };
}

async function byCallback(shots: readonly CallbackShot[], context: Context) {
  for (const shot of shots) {
    const proof = await proveCallback(shot, context);
    if (proof) return { claim: proof.channel === "http" ? XXE : NAME_LOOKUP, evidence: proof.evidence };
  }
  return null;
}

/** What says most: a file, an address that was asked for, entities that were expanded. */
async function proofFor(
  { place, expanded, shots }: Tried,
  heard: ReadonlySet<CallbackShot>,
  context: Context,
) {
  const file = expanded && (await byFile(place, context));
  if (file) return { claim: XXE, evidence: file };
  const called = await byCallback(
    shots.filter((shot) => heard.has(shot)),
    context,
  );
  return called ?? (expanded && { claim: DTD_PROCESSED, evidence: expanded });
}

async function judgePlace(
  tried: Tried,
  heard: ReadonlySet<CallbackShot>,
  context: Context,
): Promise<Verdict | null> {
  const proof = await proofFor(tried, heard, context);
  if (!proof) return null;
  const { level, instance } = tried.place;
  return { finding: { ...proof.claim, rootCause: { level }, instance }, evidence: proof.evidence };
}

export const plugin = definePlugin({
  name: "xxe",
  description:
    "Sends XML documents with entities, to see whether the server expands them and loads what they name.",
  version: "1.1.0",
  requiredCapabilities: ["http:intrusive", "callback:use", "auth:use"],
  stage: "probe",
  emits: [XXE.type, DTD_PROCESSED.type, NAME_LOOKUP.type],
  limits: { timeoutMs: 1_200_000 },
  config: z.object({
    maxPlaces: z.int().min(1).max(450).default(150).describe("Places to send documents to, at most"),
    waitMs: z.int().min(0).max(15_000).default(4_000).describe("How long a callback is waited for, ms"),
  }),
  async *run(scan, context) {
    const { settings, log } = context;
    const places = await findPlaces(scan, context);
    const left = places.length - settings.maxPlaces;
    if (left > 0) log.warn("place cap reached", { maxPlaces: settings.maxPlaces, left });
    const hasListener = places.length > 0 && (await nextProbe(context)) !== null;
    const tried: Tried[] = [];
    const wanted = places.slice(0, settings.maxPlaces);
    for await (const one of mapInOrder(wanted, AT_ONCE, (place) => tryPlace(place, context, hasListener)))
      tried.push(one);
    const shots = tried.flatMap((one) => one.shots);
    const heard = new Set(await shotsThatHit(shots, context));
    yield* judgeEach(tried, (one) => judgePlace(one, heard, context), { atOnce: AT_ONCE });
  },
});

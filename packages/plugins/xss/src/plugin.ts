import {
  createVerdicts,
  definePlugin,
  mapInOrder,
  type PluginContext,
  type ScanInfo,
} from "@picket/plugin-sdk";
import {
  EVERY_POSITION,
  type InsertionPoint,
  judgeHeaders,
  readSurface,
  segmentPoint,
  usualHeaders,
} from "@picket/plugin-sdk/surface";
import { z } from "zod";
import { MARKUP_ONLY, REFLECTED, STORED } from "./claims.ts";
import { scriptsWithRest, withRestOfPath } from "./path-info.ts";
import { lookForPlanted, type Planted, plantTogether, probePoint, probeStored } from "./probe.ts";
import { pagesToRevisit } from "./revisit.ts";

const CONCURRENCY = 4;

const config = z.object({
  maxRevisits: z
    .int()
    .min(0)
    .max(1_000)
    .default(300)
    .describe("Pages to open again at most, in search of what was stored"),
});

type Context = PluginContext<z.output<typeof config>>;

/** What was planted at each form. */
function formsOf(planted: Iterable<Planted>): Planted[][] {
  const sent = [...planted].filter(({ point }) => point.method !== "GET");
  return [...Map.groupBy(sent, ({ point }) => point.endpoint).values()];
}

/** What was planted and shows on pages that it was not sent to. */
async function sightingsOf(scan: ScanInfo, context: Context, planted: ReadonlyMap<string, Planted>) {
  const { session, settings, log } = context;
  const points = [...planted.values()].map(({ point }) => point);
  for (const form of formsOf(planted.values())) await plantTogether(form, context);
  const pages = points.length === 0 ? [] : await pagesToRevisit(points, scan, session);
  const left = pages.length - settings.maxRevisits;
  if (left > 0) log.warn("revisit cap reached", { maxRevisits: settings.maxRevisits, left });
  const visited = pages.slice(0, settings.maxRevisits);
  const sightings = await Array.fromAsync(
    mapInOrder(visited, CONCURRENCY, (url) => lookForPlanted(url, planted, context)),
  );
  return sightings.flat();
}

/** The path of a page that is not there, which the page that says so often repeats. */
function absentPage({ target }: ScanInfo): InsertionPoint | null {
  const url = new URL("picket", target.baseUrl).href;
  return segmentPoint({ id: "", method: "GET", url, route: "", parameters: [], source: "probe" });
}

export const plugin = definePlugin({
  name: "xss",
  description:
    "Sends words at every parameter, sees where they come back, and whether a value that a browser would run does too.",
  version: "1.5.0",
  requiredCapabilities: ["http:intrusive", "auth:use"],
  stage: "probe",
  emits: [REFLECTED.type, STORED.type, MARKUP_ONLY.type],
  limits: { timeoutMs: 1_200_000 },
  config,
  async *run(scan, context) {
    const verdicts = createVerdicts();
    const planted = new Map<string, Planted>();
    const headers = await usualHeaders(scan, context);
    const surface = await readSurface(scan, context, { positions: EVERY_POSITION });
    const known = withRestOfPath(surface, scan.focus ? new Map() : await scriptsWithRest(context));
    const absent = scan.focus ? null : absentPage(scan);
    const points = absent ? [...known, absent] : known;
    for await (const one of mapInOrder(points, CONCURRENCY, (point) => probePoint(point, context))) {
      planted.set(one.marker, one);
      if (one.verdict) verdicts.add(one.verdict);
    }
    const ofHeaders = mapInOrder(headers, CONCURRENCY, (set) =>
      judgeHeaders(set, async (point) => (await probePoint(point, context)).verdict),
    );
    for await (const found of ofHeaders) for (const verdict of found) verdicts.add(verdict);
    const proven = new Set<Planted>();
    const forStored = context.lookingFor(STORED.type);
    for (const sighting of await sightingsOf(scan, forStored, planted)) {
      if (proven.has(sighting.planted)) continue;
      const verdict = await probeStored(sighting, forStored);
      if (!verdict) continue;
      proven.add(sighting.planted);
      verdicts.add(verdict);
    }
    yield* verdicts.packs();
  },
});

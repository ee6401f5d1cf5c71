import { definePlugin, judgeEach, type PluginContext, type ScanInfo } from "@picket/plugin-sdk";
import { type InsertionPoint, readSurface } from "@picket/plugin-sdk/surface";
import { z } from "zod";
import { PROVOKED_DEBUG_PAGE, VERBOSE_ERROR } from "./claims.ts";
import { type Malformed, malformedGet, malformedJson } from "./malformed.ts";
import { provoke } from "./probe.ts";

/** One parser reads the JSON of a whole application, or of a part of it. */
const MAX_JSON = 5;
/** Places that show one cause; one handler answers for them all. */
const MAX_PLACES = 5;

async function jsonPlaces({ focus }: ScanInfo, { session }: PluginContext): Promise<Malformed[]> {
  const places = new Map<string, Malformed>();
  for await (const view of session.endpoints()) {
    const malformed = malformedJson(view);
    const isWanted = !focus || focus.some(({ url, method }) => url === view.url && method === view.method);
    if (malformed && isWanted) places.set(`${view.method} ${view.route}`, malformed);
  }
  return [...places]
    .sort(([a], [b]) => (a < b ? -1 : 1))
    .slice(0, MAX_JSON)
    .map(([, malformed]) => malformed);
}

async function getPlaces(scan: ScanInfo, context: PluginContext, maxPlaces: number): Promise<Malformed[]> {
  const points = await readSurface(scan, context, { positions: ["query", "path"], methods: ["GET"] });
  const ofEndpoint = Map.groupBy(points, ({ endpoint }: InsertionPoint) => endpoint);
  return [...ofEndpoint.values()].flatMap((one) => malformedGet(one) ?? []).slice(0, maxPlaces);
}

export const plugin = definePlugin({
  name: "error-handling",
  description: "Sends each program one malformed request, to see what its errors give away.",
  version: "1.0.0",
  requiredCapabilities: ["http:active", "auth:use"],
  stage: "probe",
  emits: [VERBOSE_ERROR.type, PROVOKED_DEBUG_PAGE.type],
  config: z.object({
    maxPlaces: z.int().min(1).max(1_000).default(100).describe("Places to ask with GET, at most"),
  }),
  async *run(scan, context) {
    const places = [
      ...(await jsonPlaces(scan, context)),
      ...(await getPlaces(scan, context, context.settings.maxPlaces)),
    ];
    const shown = new Map<string, number>();
    const isKnown = (key: string) => (shown.get(key) ?? 0) >= MAX_PLACES;
    // One after the other, so that which places show a cause does not depend on how fast they answer.
    yield* judgeEach(
      places,
      async (place) => {
        const verdicts = await provoke(place, isKnown, context);
        for (const { finding } of verdicts) {
          const { key = "" } = finding.rootCause;
          shown.set(key, (shown.get(key) ?? 0) + 1);
        }
        return verdicts;
      },
      { atOnce: 1 },
    );
  },
});

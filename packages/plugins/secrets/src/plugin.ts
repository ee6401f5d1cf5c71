import { definePlugin, type FetchView, fetchText, judgeEach, type Verdict } from "@picket/plugin-sdk";
import { z } from "zod";
import { CLAIMS } from "./claims.ts";
import { detect, type Place, type Sighting } from "./detect.ts";
import { placesOf } from "./place-of.ts";

const BINARY_TYPE = /^(?:image|font|audio|video)\//;
/** Characters shown before and behind the mark. */
const CONTEXT = 60;
/** Of one body; a dump of thousands is one cause. */
const MAX_SIGHTINGS = 50;

/** An article about keys shows keys: there nothing but the issuer's own checksum is more than a hint. */
function severityOf({ claim, proof }: Sighting, place: Place) {
  const { severity } = CLAIMS[claim];
  if (severity === "info" || place !== "prose") return severity;
  return claim === "exposed-access-token" && proof === "checksum" ? severity : "low";
}

function verdictOf(
  sighting: Sighting,
  text: string,
  { fetch, place }: { fetch: FetchView; place: Place },
): Verdict {
  const { claim, kind, mark, proof } = sighting;
  const before = text.slice(0, mark.start);
  return {
    finding: {
      ...CLAIMS[claim],
      severity: severityOf(sighting, place),
      // The fingerprint first: behind a name such as "token" it would be taken for a secret itself.
      rootCause: { level: "target", key: `${mark.fingerprint ?? ""} ${kind}`.trim() },
      instance: { method: fetch.method, url: fetch.url },
    },
    evidence: [
      {
        kind: proof === "looks" ? "pattern" : "content_proof",
        snippet: text.slice(Math.max(0, mark.start - CONTEXT), mark.end + CONTEXT),
        location: { part: "response_body", offset: new TextEncoder().encode(before).length },
        fetchId: fetch.id,
        details: { kind, proof, place, line: before.split("\n").length },
      },
    ],
  };
}

async function verdictsOf(fetch: FetchView): Promise<Verdict[]> {
  const { contentType } = fetch;
  if (BINARY_TYPE.test(contentType ?? "")) return [];
  const text = await fetchText(fetch);
  if (!text.includes("[redacted:")) return [];
  const placeOf = placesOf(text, contentType);
  return detect(text, placeOf)
    .slice(0, MAX_SIGHTINGS)
    .map((sighting) => verdictOf(sighting, text, { fetch, place: placeOf(sighting.mark.start) }));
}

export const plugin = definePlugin({
  name: "secrets",
  description: "Finds keys and tokens in recorded bodies by the marks that stand in their place.",
  version: "1.1.0",
  requiredCapabilities: [],
  stage: "inspect",
  emits: Object.keys(CLAIMS),
  config: z.object({}),
  async *run(_scan, { session }) {
    yield* judgeEach(session.fetches(), verdictsOf);
  },
});

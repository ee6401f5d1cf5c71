import { definePlugin, type FetchView, judgeEach, type Verdict } from "@picket/plugin-sdk";
import {
  type Detector,
  ERROR_DETECTORS,
  type Leak,
  readAnswer,
  withoutConsequences,
} from "@picket/plugin-sdk/errors";
import { z } from "zod";
import { CLAIMS, type ClaimId } from "./claims.ts";
import { commentedCredentials, emailAddresses, internalPaths, privateAddresses } from "./inside.ts";
import { listings } from "./listings.ts";
import { sourceCode } from "./source-code.ts";
import { sourceMaps } from "./source-maps.ts";

const DETECTORS: readonly Detector<ClaimId>[] = [
  ...ERROR_DETECTORS,
  sourceCode,
  listings,
  internalPaths,
  privateAddresses,
  commentedCredentials,
  sourceMaps,
];

const BINARY_TYPE = /^(?:image|font|audio|video)\//;

/** The rest is one setting for the whole site. */
const PER_ROUTE: ReadonlySet<ClaimId> = new Set([
  "sql-error",
  "source-code",
  "credentials-in-comment",
  "source-map",
]);

function verdictOf({ claim, key, ...proof }: Leak<ClaimId>, fetch: FetchView): Verdict {
  return {
    finding: {
      ...CLAIMS[claim],
      rootCause: { level: PER_ROUTE.has(claim) ? "route" : "target", key },
      instance: { method: fetch.method, url: fetch.url },
    },
    evidence: [{ ...proof, fetchId: fetch.id, details: key === "" ? {} : { product: key } }],
  };
}

/** Of a debug page: it shows them by being one. */
const CONSEQUENCES: ReadonlySet<ClaimId> = new Set(["stack-trace", "script-error", "internal-path"]);

export const plugin = definePlugin({
  name: "information-leaks",
  description: "Finds what recorded answers give away: errors, debug pages, listings, source code, maps.",
  version: "1.1.1",
  requiredCapabilities: [],
  stage: "inspect",
  emits: Object.keys(CLAIMS),
  config: z.object({
    emails: z.boolean().default(false).describe("Report e-mail addresses that pages show."),
  }),
  async *run(_scan, { session, settings }) {
    const detectors = settings.emails ? [...DETECTORS, emailAddresses] : DETECTORS;
    yield* judgeEach(session.fetches(), async (fetch) => {
      if (BINARY_TYPE.test(fetch.contentType ?? "")) return null;
      const answer = await readAnswer(fetch);
      const leaks = detectors.flatMap((detect) => detect(answer));
      return withoutConsequences(leaks, CONSEQUENCES).map((leak) => verdictOf(leak, fetch));
    });
  },
});

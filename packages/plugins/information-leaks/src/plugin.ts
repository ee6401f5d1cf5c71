import { definePlugin, type FetchView, judgeEach, type Verdict } from "@picket/plugin-sdk";
import { z } from "zod";
import { readAnswer } from "./answer.ts";
import { CLAIMS, type ClaimId } from "./claims.ts";
import { debugPages } from "./debug-pages.ts";
import { commentedCredentials, emailAddresses, internalPaths, privateAddresses } from "./inside.ts";
import type { Detector, Leak } from "./leak.ts";
import { listings } from "./listings.ts";
import { phpErrors, scriptErrors } from "./script-errors.ts";
import { sourceCode } from "./source-code.ts";
import { sourceMaps } from "./source-maps.ts";
import { sqlErrors } from "./sql-errors.ts";
import { phpFrameObjects, stackTraces } from "./stack-traces.ts";

const DETECTORS: readonly Detector[] = [
  debugPages,
  stackTraces,
  phpFrameObjects,
  phpErrors,
  scriptErrors,
  sqlErrors,
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

function verdictOf({ claim, key, ...proof }: Leak, fetch: FetchView): Verdict {
  return {
    finding: {
      ...CLAIMS[claim],
      rootCause: { level: PER_ROUTE.has(claim) ? "route" : "target", key },
      instance: { method: fetch.method, url: fetch.url },
    },
    evidence: [{ ...proof, fetchId: fetch.id, details: key === "" ? {} : { product: key } }],
  };
}

const CONSEQUENCES: ReadonlySet<ClaimId> = new Set(["stack-trace", "script-error", "internal-path"]);

/** What a debug page shows it shows by being one. */
function withoutConsequences(leaks: readonly Leak[]): Leak[] {
  const isDebugPage = leaks.some(({ claim, kind }) => claim.startsWith("debug-") && kind === "content_proof");
  return leaks.filter(({ claim }) => !(isDebugPage && CONSEQUENCES.has(claim)));
}

export const plugin = definePlugin({
  name: "information-leaks",
  description: "Finds what recorded answers give away: errors, debug pages, listings, source code, maps.",
  version: "1.1.0",
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
      return withoutConsequences(leaks).map((leak) => verdictOf(leak, fetch));
    });
  },
});

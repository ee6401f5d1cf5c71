import { type HeaderList, parseWebUrl } from "@picket/core";
import { definePlugin, judgeEach, type PluginHttp, type Verdict } from "@picket/plugin-sdk";
import { z } from "zod";
import { findCandidates, focusedCandidates } from "./candidates.ts";
import { claimOf, FINDING_TYPES } from "./claims.ts";
import { testOrigins } from "./origins.ts";
import { type Answer, createAsk, type Exposure, probe } from "./probe.ts";

const MAX_SNIPPET = 1_000;

function corsHeaders(headers: HeaderList): string {
  const lines = headers.filter(([name]) => name.startsWith("access-control-"));
  return lines.map(([name, value]) => `${name}: ${value}`).join("\n") || "(no access-control headers)";
}

function evidenceOf({ origin, response }: Answer) {
  return {
    snippet: `Origin: ${origin ?? "(none sent)"}\n\n${corsHeaders(response.headers)}`.slice(0, MAX_SNIPPET),
    location: { part: "response_header" as const, name: "access-control-allow-origin" },
    fetchId: response.fetchId,
  };
}

function verdictOf(url: string, { trust, credentials, proofs, control }: Exposure): Verdict {
  return {
    finding: {
      ...claimOf(trust, credentials),
      rootCause: { level: "target" },
      instance: { method: "GET", url },
    },
    evidence: [
      ...proofs.map((proof) => ({ ...evidenceOf(proof), kind: "observation" as const })),
      ...(control ? [{ ...evidenceOf(control), kind: "negative_control" as const, controlHeld: true }] : []),
    ],
  };
}

function asker(http: PluginHttp, url: string) {
  return createAsk((origin) =>
    http.get(url, {
      headers: origin === null ? [] : [["origin", origin]],
      maxRedirects: 0,
      storage: "none",
    }),
  );
}

export const plugin = definePlugin({
  name: "cors",
  description: "Asks known pages on behalf of foreign origins, to see whom the target lets read its answers.",
  version: "1.1.1",
  requiredCapabilities: ["http:active", "auth:use"],
  stage: "probe",
  emits: FINDING_TYPES,
  config: z.object({
    maxRoutes: z.int().min(1).max(1_000).default(50).describe("Routes to ask at most"),
  }),
  async *run(scan, { session, http, settings, log }) {
    const origins = testOrigins(parseWebUrl(scan.target.baseUrl), scan.id);
    const candidates = scan.focus ? focusedCandidates(scan.focus) : await findCandidates(session);
    const left = candidates.length - settings.maxRoutes;
    if (left > 0) log.warn("route cap reached", { maxRoutes: settings.maxRoutes, left });
    const asked = candidates.slice(0, settings.maxRoutes);
    yield* judgeEach(asked, async ({ url, isApiLike }) => {
      const exposure = await probe(asker(http, url), origins, isApiLike);
      return exposure && verdictOf(url, exposure);
    });
  },
});

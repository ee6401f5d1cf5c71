import { definePlugin, type FetchView, isHtmlType, judgeEach, type Verdict } from "@picket/plugin-sdk";
import { z } from "zod";
import { CLAIMS, type ClaimId } from "./claims.ts";
import { type Document, readDocument } from "./document.ts";
import { formWeaknesses } from "./forms.ts";
import { resourceWeaknesses } from "./resources.ts";
import {
  sessionInRedirect,
  sessionsInLinks,
  setsAntiForgeryCookie,
  setsForgeableSession,
} from "./session.ts";
import type { Weakness } from "./weakness.ts";

/** A password that is asked for at one place is asked for there by one form. */
const PER_ROUTE: ReadonlySet<ClaimId> = new Set(["password-over-http", "password-in-url", "form-over-http"]);
const MAX_SNIPPET = 600;

function verdictOf({ claim, key, snippet }: Weakness, fetch: FetchView): Verdict {
  return {
    finding: {
      ...CLAIMS[claim],
      rootCause: { level: PER_ROUTE.has(claim) ? "route" : "target", key },
      instance: { method: fetch.method, url: fetch.url },
    },
    evidence: [
      {
        kind: "observation",
        snippet: snippet.slice(0, MAX_SNIPPET),
        location: { part: claim === "session-in-url" ? "url" : "response_body" },
        fetchId: fetch.id,
      },
    ],
  };
}

async function pageOf(fetch: FetchView): Promise<Document | null> {
  const isPage = fetch.status < 300 && isHtmlType(fetch.contentType);
  return isPage ? await readDocument(fetch) : null;
}

export const plugin = definePlugin({
  name: "forms-and-transport",
  description: "Judges forms, addresses and loaded resources of recorded pages.",
  version: "1.1.0",
  requiredCapabilities: [],
  stage: "inspect",
  emits: Object.keys(CLAIMS),
  config: z.object({}),
  async *run(_scan, { session }) {
    let hasSession = false;
    let isGuarded = false;
    for await (const { responseHeaders } of session.fetches()) {
      hasSession ||= setsForgeableSession(responseHeaders);
      isGuarded ||= setsAntiForgeryCookie(responseHeaders);
    }
    const isForgeable = hasSession && !isGuarded;
    yield* judgeEach(session.fetches(), async (fetch) => {
      const page = await pageOf(fetch);
      const weaknesses = page
        ? [...formWeaknesses(page, isForgeable), ...resourceWeaknesses(page), ...sessionsInLinks(page)]
        : sessionInRedirect(fetch.responseHeaders);
      return weaknesses.map((weakness) => verdictOf(weakness, fetch));
    });
  },
});

import { headerValues, isSessionCookieName } from "@picket/core";
import { definePlugin, type FetchView, judgeEach, type Verdict } from "@picket/plugin-sdk";
import { z } from "zod";
import { cachePolicy } from "./cache-policy.ts";
import { CLAIMS, type ClaimId } from "./claims.ts";

function isSession(cookie: string): boolean {
  const [pair = ""] = cookie.split(";", 1);
  const end = pair.indexOf("=");
  return end > 0 && isSessionCookieName(pair.slice(0, end).trim()) && pair.slice(end + 1).trim() !== "";
}

function setsSession({ responseHeaders }: FetchView): boolean {
  return headerValues(responseHeaders, "set-cookie").some(
    (cookie) => isSession(cookie) && !/max-age=0\b|max-age=-/i.test(cookie),
  );
}

function isAuthenticated({ requestHeaders }: FetchView): boolean {
  return requestHeaders.some(([name]) => name === "authorization" || name === "cookie");
}

function isRefusal({ status, responseHeaders }: FetchView): boolean {
  const [location = ""] = headerValues(responseHeaders, "location");
  return (
    status === 401 ||
    status === 403 ||
    (status >= 300 && status < 400 && /log-?in|sign-?in|auth/i.test(location))
  );
}

function placeOf({ method, url }: FetchView): string {
  return `${method} ${url}`;
}

function verdictOf(claim: ClaimId, fetch: FetchView): Verdict | null {
  const { shared, snippet } = cachePolicy(fetch.responseHeaders);
  if (shared === "no") return null;
  return {
    finding: {
      ...CLAIMS[claim],
      severity: shared === "explicit" ? "medium" : "low",
      rootCause: { level: "target", key: "" },
      instance: { method: fetch.method, url: fetch.url },
    },
    evidence: [
      {
        kind: "observation",
        snippet,
        location: { part: "response_header", name: "cache-control" },
        fetchId: fetch.id,
      },
    ],
  };
}

const CACHED_METHODS = new Set(["GET", "HEAD"]);

export const plugin = definePlugin({
  name: "caching",
  description: "Tells private answers that shared caches may keep, by their headers.",
  version: "1.0.1",
  requiredCapabilities: [],
  stage: "inspect",
  emits: Object.keys(CLAIMS),
  config: z.object({}),
  async *run(_scan, { session }) {
    /** Places that refuse visitors without a login. */
    const refused = new Set<string>();
    for await (const fetch of session.fetches())
      if (!isAuthenticated(fetch) && isRefusal(fetch)) refused.add(placeOf(fetch));
    yield* judgeEach(session.fetches(), (fetch) => {
      if (fetch.status >= 300 || !CACHED_METHODS.has(fetch.method)) return null;
      if (setsSession(fetch)) return verdictOf("cacheable-session-cookie", fetch);
      const isPrivate = isAuthenticated(fetch) && refused.has(placeOf(fetch));
      return isPrivate ? verdictOf("cacheable-private-page", fetch) : null;
    });
  },
});

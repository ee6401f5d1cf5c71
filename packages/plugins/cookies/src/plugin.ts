import { headerValues, parseWebUrl } from "@picket/core";
import { definePlugin, type FetchView, judgeEach, type Verdict } from "@picket/plugin-sdk";
import { z } from "zod";
import { CLAIMS } from "./claims.ts";
import { stableName } from "./cookie-name.ts";
import { evaluate, type Weakness } from "./evaluate.ts";
import { type CookieSetting, trySetCookie } from "./set-cookie.ts";

const MAX_SNIPPET = 1_000;

function verdictOf({ type, severity }: Weakness, cookie: CookieSetting, fetch: FetchView): Verdict {
  const { title, ...claim } = CLAIMS[type];
  const name = stableName(cookie.name);
  return {
    finding: {
      ...claim,
      type,
      severity,
      title: `Cookie ${name} ${title}`,
      rootCause: { level: "target", key: name },
      instance: { method: fetch.method, url: fetch.url },
    },
    evidence: [
      {
        kind: "observation",
        snippet: `Set-Cookie: ${cookie.shown}`.slice(0, MAX_SNIPPET),
        location: { part: "cookie", name },
        fetchId: fetch.id,
      },
    ],
  };
}

function* verdictsOf(fetch: FetchView, now: number): Generator<Verdict> {
  const url = parseWebUrl(fetch.url);
  for (const header of headerValues(fetch.responseHeaders, "set-cookie")) {
    const cookie = trySetCookie(header, now);
    if (!cookie) continue;
    for (const weakness of evaluate(cookie, url)) yield verdictOf(weakness, cookie, fetch);
  }
}

export const plugin = definePlugin({
  name: "cookies",
  description: "Judges the attributes of the cookies that recorded responses set.",
  version: "1.0.1",
  requiredCapabilities: [],
  stage: "inspect",
  emits: Object.keys(CLAIMS),
  config: z.object({}),
  async *run(scan, { session }) {
    const now = Date.parse(scan.startedAt);
    yield* judgeEach(session.fetches(), (fetch) => [...verdictsOf(fetch, now)]);
  },
});

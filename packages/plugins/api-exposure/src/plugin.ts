import { headerValues } from "@picket/core";
import { bodyText, createVerdicts, definePlugin, type FetchView, type Verdict } from "@picket/plugin-sdk";
import { readHtml } from "@picket/plugin-sdk/html";
import { z } from "zod";
import { CLAIMS } from "./claims.ts";
import { detectInData, detectInPage, type Exposure } from "./detect.ts";

const HTML_TYPES = new Set(["text/html", "application/xhtml+xml"]);
const DATA_TYPE = /json|yaml|^text\/plain$/;

async function exposuresOf(fetch: FetchView): Promise<Exposure[]> {
  const { contentType, responseHeaders, status } = fetch;
  const type = contentType ?? "";
  const isPage = HTML_TYPES.has(type);
  if (status !== 200 || !(isPage || DATA_TYPE.test(type))) return [];
  const body = bodyText(await fetch.body(), headerValues(responseHeaders, "content-type")[0]);
  return isPage ? detectInPage(readHtml(body)) : detectInData(body);
}

function verdictOf({ claim, product, snippet }: Exposure, fetch: FetchView): Verdict {
  return {
    finding: {
      ...CLAIMS[claim],
      rootCause: { level: "route" },
      instance: { method: fetch.method, url: fetch.url },
    },
    evidence: [
      {
        kind: "content_proof",
        snippet,
        location: { part: "response_body" },
        fetchId: fetch.id,
        details: { product },
      },
    ],
  };
}

export const plugin = definePlugin({
  name: "api-exposure",
  description: "Names descriptions of APIs, and pages for trying them, among recorded answers.",
  version: "1.0.0",
  requiredCapabilities: [],
  stage: "inspect",
  emits: Object.keys(CLAIMS),
  config: z.object({}),
  async *run(_scan, { session }) {
    const verdicts = createVerdicts();
    for await (const fetch of session.fetches())
      for (const exposure of await exposuresOf(fetch)) verdicts.add(verdictOf(exposure, fetch));
    yield* verdicts.packs();
  },
});

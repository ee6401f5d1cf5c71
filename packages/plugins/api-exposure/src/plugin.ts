import {
  definePlugin,
  type FetchView,
  fetchText,
  isHtmlType,
  judgeEach,
  type Verdict,
} from "@picket/plugin-sdk";
import { readHtml } from "@picket/plugin-sdk/html";
import { z } from "zod";
import { CLAIMS } from "./claims.ts";
import { detectInData, detectInPage, type Exposure } from "./detect.ts";

const DATA_TYPE = /json|yaml|^text\/plain$/;

async function exposuresOf(fetch: FetchView): Promise<Exposure[]> {
  const { contentType, status } = fetch;
  const isPage = isHtmlType(contentType);
  if (status !== 200 || !(isPage || DATA_TYPE.test(contentType ?? ""))) return [];
  const body = await fetchText(fetch);
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
    yield* judgeEach(session.fetches(), async (fetch) =>
      (await exposuresOf(fetch)).map((exposure) => verdictOf(exposure, fetch)),
    );
  },
});

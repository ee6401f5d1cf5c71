import {
  definePlugin,
  type EvidenceInput,
  type FetchView,
  fetchText,
  isHtmlType,
  judgeEach,
  type Verdict,
} from "@picket/plugin-sdk";
import { isShown, readHtml } from "@picket/plugin-sdk/html";
import { z } from "zod";
import { CLAIMS, type ClaimId } from "./claims.ts";
import { detect } from "./detect.ts";

type Location = EvidenceInput["location"];
interface Seen {
  readonly claim: ClaimId;
  readonly traits: readonly string[];
  readonly snippet: string;
  readonly location: Location;
}

const BINARY_TYPE = /^(?:image|font|audio|video)\//;
/** Documentation in Markdown shows tokens as articles do. */
const PROSE_TYPE = /markdown|x-rst/;
const CONTEXT = 40;

function seenIn(text: string, location: Location): Seen[] {
  return detect(text).map(({ mark, claim }) => ({
    claim,
    traits: mark.traits,
    snippet: text.slice(Math.max(0, mark.start - CONTEXT), mark.end + CONTEXT),
    location,
  }));
}

/** Of a page what it carries, not what it shows its reader: articles show tokens. */
function carried(body: string, contentType: string | null): string {
  if (!isHtmlType(contentType)) return body;
  const shown = readHtml(body).texts.filter(isShown);
  return shown.reduceRight((text, { start, end }) => text.slice(0, start) + text.slice(end), body);
}

async function seenInBody(fetch: FetchView): Promise<Seen[]> {
  const { contentType } = fetch;
  if (BINARY_TYPE.test(contentType ?? "") || PROSE_TYPE.test(contentType ?? "")) return [];
  const body = await fetchText(fetch);
  return body.includes("~jwt") ? seenIn(carried(body, contentType), { part: "response_body" }) : [];
}

function seenInHeaders({ responseHeaders }: FetchView): Seen[] {
  return responseHeaders.flatMap(([name, value]) => seenIn(value, { part: "response_header", name }));
}

function verdictOf({ claim, traits, ...proof }: Seen, fetch: FetchView): Verdict {
  return {
    finding: {
      ...CLAIMS[claim],
      rootCause: { level: "target", key: "" },
      instance: { method: fetch.method, url: fetch.url },
    },
    evidence: [{ ...proof, kind: "observation", fetchId: fetch.id, details: { traits: traits.join(" ") } }],
  };
}

export const plugin = definePlugin({
  name: "jwt",
  description:
    "Judges JSON Web Tokens that recorded answers hand out, by the marks that stand in their place.",
  version: "1.1.0",
  requiredCapabilities: [],
  stage: "inspect",
  emits: Object.keys(CLAIMS),
  config: z.object({}),
  async *run(_scan, { session }) {
    yield* judgeEach(session.fetches(), async (fetch) => {
      const seen = [...seenInHeaders(fetch), ...(await seenInBody(fetch))];
      return seen.map((one) => verdictOf(one, fetch));
    });
  },
});

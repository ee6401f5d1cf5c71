import {
  definePlugin,
  type FetchView,
  fetchText,
  HTML_TYPES,
  isHtmlType,
  judgeEach,
  SCRIPT_TYPES,
  type Verdict,
} from "@picket/plugin-sdk";
import { readHtml } from "@picket/plugin-sdk/html";
import { z } from "zod";
import { CLAIMS } from "./claims.ts";
import { type Flow, findFlows } from "./flows.ts";

/** Of `script` elements that browsers run. */
const RUN_TYPE = /^(?:|module|(?:text|application)\/(?:x-)?(?:javascript|ecmascript))$/i;
/** Characters shown before and behind the place. */
const CONTEXT = 80;
const MAX_SNIPPET = 800;

interface Script {
  readonly text: string;
  /** Where it begins in the body, characters. */
  readonly start: number;
}

function scriptsOf(body: string): Script[] {
  const { elements, texts } = readHtml(body);
  const runs = elements.filter(
    ({ name, attributes }) =>
      name === "script" && attributes.src === undefined && RUN_TYPE.test(attributes.type?.trim() ?? ""),
  );
  return runs.flatMap(({ start, end }) => {
    const inside = texts.filter((text) => text.start > start && text.end <= end);
    return inside.map((text) => ({ text: body.slice(text.start, text.end), start: text.start }));
  });
}

function verdictOf({ kind, sink, source, ...at }: Flow, script: Script, fetch: FetchView): Verdict {
  const from = Math.max(0, at.start - CONTEXT);
  return {
    finding: {
      ...CLAIMS[kind],
      rootCause: { level: "target", key: `${source} ${sink}` },
      instance: { method: fetch.method, url: fetch.url },
    },
    evidence: [
      {
        kind: "pattern",
        snippet: script.text.slice(from, at.end + CONTEXT).slice(0, MAX_SNIPPET),
        location: { part: "response_body" },
        fetchId: fetch.id,
        details: { source, sink, character: script.start + at.start },
      },
    ],
  };
}

async function verdictsOf(fetch: FetchView): Promise<Verdict[]> {
  if (fetch.status >= 300) return [];
  const body = await fetchText(fetch);
  const scripts = isHtmlType(fetch.contentType) ? scriptsOf(body) : [{ text: body, start: 0 }];
  return scripts.flatMap((script) => findFlows(script.text).map((flow) => verdictOf(flow, script, fetch)));
}

export const plugin = definePlugin({
  name: "dom-sinks",
  description:
    "Follows in recorded scripts what an address holds to where it becomes markup, code or another address.",
  version: "1.1.0",
  requiredCapabilities: [],
  stage: "inspect",
  emits: Object.values(CLAIMS).map(({ type }) => type),
  config: z.object({}),
  async *run(_scan, { session }) {
    yield* judgeEach(session.fetches({ contentTypes: [...SCRIPT_TYPES, ...HTML_TYPES] }), verdictsOf);
  },
});

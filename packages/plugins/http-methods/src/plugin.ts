import { answersControl, type HttpResponse } from "@picket/core";
import {
  definePlugin,
  focusedUrls,
  judgeEach,
  type KnownPage,
  knownPages,
  type PluginContext,
  type Verdict,
} from "@picket/plugin-sdk";
import { createMarker } from "@picket/plugin-sdk/probe";
import { z } from "zod";
import { CLAIMS, type ClaimType } from "./claims.ts";
import { allowedMethods, offeredBy, traceEcho } from "./evaluate.ts";

const HEADER = "x-picket-trace";

async function send(
  { http }: PluginContext,
  method: string,
  url: string,
  marker?: string,
): Promise<HttpResponse | null> {
  const headers: [string, string][] = marker === undefined ? [] : [[HEADER, marker]];
  const response = await http.request({ method, url, headers, maxRedirects: 0, storage: "none" });
  return response.ok ? response : null;
}

function verdictOf(type: ClaimType, method: string, url: string, evidence: Verdict["evidence"]): Verdict {
  const level = type === "http-trace-enabled" ? "target" : "route";
  return { finding: { ...CLAIMS[type], type, rootCause: { level }, instance: { method, url } }, evidence };
}

/** Two marked headers must come back, each from its own request, and neither from a GET that carries one. */
async function checkTrace(context: PluginContext, url: string): Promise<Verdict | null> {
  const proofs: Verdict["evidence"][number][] = [];
  for (const marker of [createMarker(), createMarker()]) {
    const response = await send(context, "TRACE", url, marker);
    const echo = response && traceEcho(response, HEADER, marker);
    if (!response || echo === null) return null;
    proofs.push({
      kind: "reflection",
      snippet: echo,
      location: { part: "response_body", offset: 0 },
      fetchId: response.fetchId,
    });
  }
  const marker = createMarker();
  const control = await send(context, "GET", url, marker);
  if (!control || traceEcho(control, HEADER, marker) !== null) return null;
  const held = {
    kind: "negative_control" as const,
    snippet: `GET with the same header: status ${control.status}, no echo`,
    location: { part: "response_body" as const },
    fetchId: control.fetchId,
    controlHeld: true,
  };
  return verdictOf("http-trace-enabled", "TRACE", url, [...proofs, held]);
}

function allowSnippet(response: HttpResponse): string {
  return `status ${response.status}, Allow: ${[...allowedMethods(response)].join(", ") || "(none)"}`;
}

/** A path beside it that surely does not exist. */
function nowhereBeside(url: string): string {
  return new URL(`./${createMarker()}`, url).href;
}

async function checkOptions(context: PluginContext, url: string): Promise<Verdict | null> {
  const page = await send(context, "OPTIONS", url);
  if (!page || allowedMethods(page).size === 0) return null;
  const nowhere = await send(context, "OPTIONS", nowhereBeside(url));
  if (!nowhere || !(answersControl(nowhere.status) || nowhere.status === 405)) return null;
  const type = offeredBy(page, nowhere);
  if (type === null) return null;
  const location = { part: "response_header" as const, name: "allow" };
  return verdictOf(type, "OPTIONS", url, [
    { kind: "observation", snippet: allowSnippet(page), location, fetchId: page.fetchId },
    {
      kind: "negative_control",
      snippet: allowSnippet(nowhere),
      location,
      fetchId: nowhere.fetchId,
      controlHeld: true,
    },
  ]);
}

/** Documents, not the data of an API: that takes PUT and DELETE by design. */
function isDocument({ contentType, status }: KnownPage): boolean {
  return status === 200 && contentType === "text/html";
}

export const plugin = definePlugin({
  name: "http-methods",
  description:
    "Asks which methods pages take, and proves by an echo that TRACE is answered; nothing is written.",
  version: "1.0.0",
  requiredCapabilities: ["http:active"],
  stage: "probe",
  emits: Object.keys(CLAIMS),
  config: z.object({
    maxRoutes: z.int().min(1).max(1_000).default(10).describe("Routes to ask for their methods, at most"),
  }),
  async *run(scan, context) {
    const { baseUrl } = scan.target;
    const { settings, session } = context;
    const pages = scan.focus ? [] : await knownPages(session, isDocument);
    const urls = scan.focus
      ? [...new Set(scan.focus.filter(({ method }) => method !== "TRACE").map(({ url }) => url))]
      : [...new Set([baseUrl, ...pages.map(({ url }) => url)])].slice(0, settings.maxRoutes);
    const traced = scan.focus ? focusedUrls(scan.focus, "TRACE") : [baseUrl];
    const { "http-trace-enabled": _, ...offered } = CLAIMS;
    const work = [
      ...traced.map((url) => () => checkTrace(context.lookingFor("http-trace-enabled"), url)),
      ...urls.map((url) => () => checkOptions(context.lookingFor(...Object.keys(offered)), url)),
    ];
    yield* judgeEach(work, (check) => check());
  },
});

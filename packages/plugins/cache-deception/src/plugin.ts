import { answersControl, type HttpResponse, headerValues } from "@picket/core";
import {
  definePlugin,
  focusedUrls,
  isCacheable,
  judgeEach,
  type KnownPage,
  knownPages,
  type PluginContext,
  type Verdict,
} from "@picket/plugin-sdk";
import { answerOf, createMarker, learnLikeness } from "@picket/plugin-sdk/probe";
import { z } from "zod";
import { CLAIMS, type ClaimType } from "./claims.ts";

/** What caches take for static by its ending. */
const ENDINGS = [".css", ".js"] as const;

function cacheControl(response: Pick<HttpResponse, "headers">): string {
  return headerValues(response.headers, "cache-control").join(", ");
}

/** The page says that it is one person's. */
function isPrivate(headers: HttpResponse["headers"]): boolean {
  const says = /\b(?:no-store|private|no-cache|max-age=0)\b/i.test(cacheControl({ headers }));
  return says || headerValues(headers, "set-cookie").length > 0;
}

async function get({ http }: PluginContext, url: string, anonymous: boolean): Promise<HttpResponse | null> {
  const response = await http.get(url, {
    maxRedirects: 0,
    storage: "none",
    ...(anonymous && { identity: "anonymous" as const }),
  });
  return response.ok ? response : null;
}

function describe(response: HttpResponse): string {
  return `status ${response.status}, cache-control: ${cacheControl(response) || "(none)"}, age: ${headerValues(response.headers, "age").join() || "(none)"}`;
}

function evidence(
  kind: "differential" | "negative_control",
  response: HttpResponse,
  what: string,
): Verdict["evidence"][number] {
  return {
    kind,
    snippet: `${what}: ${describe(response)}`,
    location: { part: "response_header", name: "cache-control" },
    fetchId: response.fetchId,
    ...(kind === "negative_control" && { controlHeld: true }),
  };
}

function staticName(url: string, ending: string): string {
  const { origin, pathname } = new URL(url);
  return `${origin}${pathname.replace(/\/$/, "")}/${createMarker()}${ending}`;
}

/** The page asked for twice, so that what varies by itself is known. Null: it is not there, or not private. */
async function readPage(context: PluginContext, url: string) {
  const page = await get(context, url, false);
  const again = page?.status === 200 && isPrivate(page.headers) ? await get(context, url, false) : null;
  if (!page || !again) return null;
  const sampleOf = (response: HttpResponse) => ({ answer: answerOf(response), sent: url });
  const likeness = learnLikeness([sampleOf(page), sampleOf(again)], url);
  return { page, isLike: (response: HttpResponse) => likeness.isLike(sampleOf(response)) };
}

function verdictOf(type: ClaimType, url: string, proof: Verdict["evidence"]): Verdict {
  return {
    finding: { ...CLAIMS[type], type, rootCause: { level: "route" }, instance: { method: "GET", url } },
    evidence: proof,
  };
}

/** The static name must give the page where caches may keep it, and a name beside the page must not. */
async function check(context: PluginContext, url: string): Promise<Verdict | null> {
  const known = await readPage(context, url);
  if (!known) return null;
  const names = ENDINGS.map((ending) => staticName(url, ending));
  const shown: HttpResponse[] = [];
  for (const name of names) {
    const response = await get(context, name, false);
    if (!response || !known.isLike(response) || !isCacheable(response)) return null;
    shown.push(response);
  }
  const nowhere = await context.control.randomPath(new URL(`/x${ENDINGS[0]}`, url).href);
  if (!nowhere.ok || !answersControl(nowhere.status) || known.isLike(nowhere)) return null;
  const proofs = [
    ...shown.map((response) => evidence("differential", response, "the page under a static name")),
    evidence("negative_control", nowhere, "a name that is not there"),
  ];
  const kept = await keptFor(context.lookingFor("web-cache-deception"), names, known);
  if (kept) return verdictOf("web-cache-deception", url, [...kept, ...proofs]);
  return verdictOf("private-page-under-static-name", url, proofs);
}

/**
 * Both names again without a login: what only the login shows can come from a cache alone. Null where the scan has no
 * login, or the page is not the login's, or a cache did not keep it.
 */
async function keptFor(
  context: PluginContext,
  names: readonly string[],
  { isLike, page }: { isLike(response: HttpResponse): boolean; page: HttpResponse },
): Promise<Verdict["evidence"][number][] | null> {
  if (!context.capabilities.includes("auth:use")) return null;
  const without = await get(context, page.url, true);
  if (!without || isLike(without)) return null;
  const kept: Verdict["evidence"][number][] = [];
  for (const name of names) {
    const response = await get(context, name, true);
    if (!response || !isLike(response)) return null;
    kept.push(evidence("differential", response, "the same name without a login"));
  }
  const fresh = await get(context, staticName(page.url, ENDINGS[0]), true);
  if (!fresh || isLike(fresh) || !answersControl(fresh.status)) return null;
  return [...kept, evidence("negative_control", fresh, "another name without a login")];
}

function mayBePrivate({ status, contentType, headers }: KnownPage): boolean {
  return status === 200 && contentType === "text/html" && isPrivate(headers);
}

export const plugin = definePlugin({
  name: "cache-deception",
  description: "Asks for private pages under the names of static files, to see whether caches may keep them.",
  version: "1.0.0",
  requiredCapabilities: ["http:active", "auth:use"],
  stage: "probe",
  emits: Object.keys(CLAIMS),
  config: z.object({
    maxRoutes: z.int().min(1).max(1_000).default(8).describe("Private pages to ask for, at most"),
  }),
  async *run(scan, context) {
    const pages = scan.focus ? [] : await knownPages(context.session, mayBePrivate);
    const urls = scan.focus ? focusedUrls(scan.focus) : pages.map(({ url }) => url);
    yield* judgeEach(urls.slice(0, context.settings.maxRoutes), (url) => check(context, url));
  },
});

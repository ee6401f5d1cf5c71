import { originOf, parseWebUrl, tryParseWebUrl, type WebUrl } from "@picket/core";
import {
  bodyText,
  type EndpointInput,
  type HttpResponse,
  headerValues,
  mapInOrder,
  type PluginContext,
} from "@picket/plugin-sdk";
import { createFrontier, type Frontier, type FrontierLimits, type LeftOut } from "./frontier.ts";
import { type Reference, referencesOf } from "./html-links.ts";
import { parseRobots } from "./robots.ts";
import { parseSitemap, unpackSitemap } from "./sitemap.ts";

/** Sitemaps that are read at most, indexes included. */
const MAX_SITEMAPS = 10;

/** Of a place that was known: it is no endpoint any more. */
const GONE = new Set([404, 410]);

interface CrawlSettings extends FrontierLimits {
  /** Requests under way at once. */
  readonly concurrency: number;
}

type Context = PluginContext<CrawlSettings>;
type Outcome = LeftOut & { pages: number; truncated: number };

function contentTypeOf({ headers }: HttpResponse): string {
  return headerValues(headers, "content-type")[0]?.trim() ?? "";
}

function isHtml(response: HttpResponse): boolean {
  return /^(text\/html|application\/xhtml\+xml)\b/i.test(contentTypeOf(response));
}

function place(url: WebUrl, source: Reference["source"], isRequestable = true): Reference {
  return { method: "GET", url, parameters: [], source, isRequestable };
}

/** The places that texts name; what is no http(s) URL is left out. */
function places(texts: readonly string[], base: string, source: Reference["source"]): Reference[] {
  return texts.flatMap((text) => {
    const url = tryParseWebUrl(text, base);
    return url ? [place(url, source)] : [];
  });
}

function referencesIn(response: HttpResponse): Reference[] {
  const { status, headers, url, body } = response;
  const isRedirect = status >= 300 && status < 400;
  const redirects = isRedirect ? places(headerValues(headers, "location").slice(0, 1), url, "redirect") : [];
  return isHtml(response)
    ? [...redirects, ...referencesOf(bodyText(body, contentTypeOf(response)), url)]
    : redirects;
}

/** The base URL's response, redirects followed. Throws when there is none: then there is nothing to scan. */
async function openBase(baseUrl: string, { http }: Context): Promise<HttpResponse> {
  const response = await http.get(baseUrl);
  if (response.ok) return response;
  throw new Error(`no response from the base URL ${baseUrl}: ${response.reason}, ${response.detail}`);
}

/** Empty unless the file is there. A site that answers everything with its start page has no such file. */
async function readFile(url: string, { http }: Context): Promise<string> {
  const response = await http.get(url);
  if (!response.ok || response.status !== 200 || isHtml(response)) return "";
  return bodyText(unpackSitemap(response.body));
}

/** Pages that the sitemaps list, indexes resolved. */
async function readSitemaps(
  start: readonly string[],
  origin: string,
  context: Context,
): Promise<Reference[]> {
  const found: Reference[] = [];
  const known = new Set(start);
  let read = 0;
  for (const url of known) {
    if (read === MAX_SITEMAPS) break;
    read += 1;
    const { pages, sitemaps } = parseSitemap(await readFile(url, context));
    found.push(...places(pages, url, "sitemap"));
    for (const next of sitemaps) if (next.startsWith(`${origin}/`)) known.add(next);
  }
  if (read < known.size)
    context.log.warn("sitemap cap reached", { maxSitemaps: MAX_SITEMAPS, left: known.size - read });
  return found;
}

/** What robots.txt and the sitemaps of an origin name. */
async function announced(origin: string, context: Context): Promise<Reference[]> {
  const robots = parseRobots(await readFile(`${origin}/robots.txt`, context));
  const sitemaps = ["/sitemap.xml", ...robots.sitemaps]
    .filter((url) => URL.canParse(url, origin))
    .map((url) => new URL(url, origin))
    .filter((url) => url.origin === origin);
  const listed = await readSitemaps(
    sitemaps.map(({ href }) => href),
    origin,
    context,
  );
  return [...places(robots.paths, origin, "robots"), ...listed];
}

/** Places that an earlier scan knew and this crawl has not come across, with their endpoints by URL. */
async function offerKnown(frontier: Frontier, { session }: Context): Promise<Map<string, EndpointInput>> {
  const endpoints = new Map<string, EndpointInput>();
  for await (const { method, url } of session.known()) {
    if (method !== "GET") continue;
    const [reference] = places([url], url, "seed");
    const endpoint = reference && frontier.offer(reference);
    if (endpoint) endpoints.set(endpoint.url, endpoint);
  }
  return endpoints;
}

function* offerAll(frontier: Frontier, references: Iterable<Reference>): Generator<EndpointInput> {
  for (const reference of references) {
    const endpoint = frontier.offer(reference);
    if (endpoint) yield endpoint;
  }
}

/** How a crawl went; what is not zero among the caps is a warning. */
function logOutcome({ log, settings }: Context, outcome: Outcome): void {
  log.info("crawl finished", outcome);
  const { maxPages, maxDepth, maxPagesPerRoute } = settings;
  if (outcome.pageCap > 0) log.warn("page cap reached", { maxPages, left: outcome.pageCap });
  if (outcome.depthCap > 0) log.warn("depth cap reached", { maxDepth, left: outcome.depthCap });
  if (outcome.routeCap > 0) log.warn("route cap reached", { maxPagesPerRoute, left: outcome.routeCap });
  if (outcome.placeCap > 0) log.warn("too many places: the rest was not read", { left: outcome.placeCap });
  if (outcome.truncated > 0)
    log.warn("pages were cut off: links behind the cut were not read", { pages: outcome.truncated });
}

interface Round {
  frontier: Frontier;
  context: Context;
  counts: Pick<Outcome, "pages" | "truncated">;
  /** Endpoints that are reported once they turn out to be there still. */
  known: ReadonlyMap<string, EndpointInput>;
}

/** Requests what is offered, level by level, until nothing is left. */
async function* requestAll({ frontier, context, counts, known }: Round): AsyncGenerator<EndpointInput> {
  const { http, settings, signal } = context;
  const get = (url: string) => http.get(url, { maxRedirects: 0 });
  for (let level = frontier.nextLevel(); level.length > 0; level = frontier.nextLevel()) {
    for await (const response of mapInOrder(level, settings.concurrency, get)) {
      if (signal.aborted) return;
      counts.pages += 1;
      if (!response.ok) continue;
      if (response.truncated && isHtml(response)) counts.truncated += 1;
      const endpoint = known.get(response.url);
      if (endpoint && !GONE.has(response.status)) yield endpoint;
      yield* offerAll(frontier, referencesIn(response));
    }
  }
}

/**
 * Requests pages breadth first from the base URL and yields every endpoint of the target that they name; then, with
 * what the caps leave, the places that earlier scans knew. Stays in the base URL's directory, on its origin and on the
 * one that it redirects to. Throws when the base URL gives no response.
 */
export async function* crawl(baseUrl: string, context: Context): AsyncGenerator<EndpointInput> {
  const base = parseWebUrl(baseUrl);
  const directory = base.path.slice(0, base.path.lastIndexOf("/") + 1);
  const frontier = createFrontier(context.settings, directory);
  const first = await openBase(baseUrl, context);
  const landing = parseWebUrl(first.url);
  for (const url of [base, landing]) frontier.addRequested(url);
  yield* offerAll(frontier, [place(base, "seed", false), place(landing, "redirect", false)]);
  yield* offerAll(frontier, referencesIn(first));
  // Both files belong to the whole host; below a path they are out of scope.
  if (directory === "/") yield* offerAll(frontier, await announced(originOf(landing), context));

  const counts = { pages: 1, truncated: first.truncated ? 1 : 0 };
  yield* requestAll({ frontier, context, counts, known: new Map() });
  // After what links lead to, so that the caps cut these first: pages that nothing links to any more.
  frontier.startOver();
  yield* requestAll({ frontier, context, counts, known: await offerKnown(frontier, context) });
  logOutcome(context, { ...counts, ...frontier.leftOut });
}

import { tryParseWebUrl } from "@picket/core";
import { bodyText, type HttpResult, mapInOrder, type PluginContext, responseText } from "@picket/plugin-sdk";
import { isHtml, readResponse } from "./read-response.ts";
import { place, places, type Reference } from "./reference.ts";
import { parseRobots } from "./robots.ts";
import { parseSitemap, unpackSitemap } from "./sitemap.ts";
import {
  DESCRIPTION_PLACES,
  GRAPHQL_PLACES,
  isDescriptionPage,
  isListing,
  LISTED_PLACES,
} from "./usual-places.ts";

type Context = Pick<PluginContext, "http" | "log">;

/** Sitemaps that are read at most, indexes included. */
const MAX_SITEMAPS = 10;

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
export async function announcedPlaces(origin: string, context: Context): Promise<Reference[]> {
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

const isTelling = (html: string) => isDescriptionPage(html) || isListing(html);

/** What is at one of the usual places: the place itself and what it describes or lists; nothing where it does neither. */
function described(response: HttpResult): readonly Reference[] {
  if (!response.ok || (isHtml(response) && !isTelling(responseText(response)))) return [];
  const { references } = readResponse(response, response.url);
  const url = tryParseWebUrl(response.url);
  const isDescription =
    isHtml(response) || references.some(({ method, isGuess }) => method !== "GET" || !isGuess);
  return url && isDescription ? [place(url, "probe"), ...references] : [];
}

/** What descriptions of APIs, GraphQL servers and listed folders name that are at the usual places below `directory`. */
export async function usualPlaces(directory: string, context: Context): Promise<Reference[]> {
  const urls = [...DESCRIPTION_PLACES, ...GRAPHQL_PLACES, ...LISTED_PLACES].map(
    (path) => new URL(path, directory).href,
  );
  const found: Reference[] = [];
  // `/api-docs` leads to `/api-docs/`.
  const get = (url: string) => context.http.get(url, { maxRedirects: 1 });
  for await (const response of mapInOrder(urls, 2, get)) {
    if (response.ok && response.status < 300) found.push(...described(response));
    else if (response.ok) found.push(...described(response).filter(({ method }) => method === "POST"));
  }
  return found;
}

import { destructiveWord, parseWebUrl, routeOf } from "@picket/core";
import { type FetchView, fetchText, isHtmlType, type SessionReader } from "@picket/plugin-sdk";
import { looksLikeAsset } from "@picket/plugin-sdk/surface";
import { idInPath, idInQuery, type ObjectId } from "./object-id.ts";

/** A page that the scan's own user was shown; one stands for all of its route. */
export interface PrivatePage {
  readonly url: string;
  /** What tells this object from others of its kind; null: there is one page of it. */
  readonly id: ObjectId | null;
  /** Pages that name it, in the order in which they were seen. */
  readonly referrers: readonly string[];
}

/** Pages that lead to one object and are looked at. */
const MAX_REFERRERS = 3;

const TEXTUAL = /^(?:application\/(?:[\w.-]{1,60}\+)?(?:json|xml)|text\/(?:plain|xml))$/;

function isReadable({ status, contentType, url }: FetchView): boolean {
  const { path, query } = parseWebUrl(url);
  const isText = isHtmlType(contentType) || TEXTUAL.test(contentType ?? "");
  const isHarmless = !looksLikeAsset({ path }) && destructiveWord({ path, query }) === null;
  return (
    status === 200 && isText && isHarmless && !url.includes("[redacted:") && !url.includes("%5Bredacted:")
  );
}

/** Templates that the target's places were learned to have, by URL. */
async function routesOf(session: SessionReader): Promise<Map<string, string>> {
  const routes = new Map<string, string>();
  for await (const { method, url, route } of session.endpoints())
    if (method === "GET") routes.set(url, route);
  return routes;
}

function namesOf(query: string): string {
  return [...new Set(new URLSearchParams(query).keys())].sort().join("&");
}

/** Whether a page names the object: by its address, or, where it is data, by its id under the folder of the object. */
export function names(
  text: string,
  from: { url: string; isData: boolean },
  url: string,
  id: ObjectId | null,
): boolean {
  const { path, query } = parseWebUrl(url);
  if (id === null) return holdsWhole(text, path + (query === "" ? "" : `?${query}`), /[\w/-]/);
  if (id.needles.some((needle) => holdsWhole(text, needle))) return true;
  const isList = from.isData && path.startsWith(`${parseWebUrl(from.url).path.replace(/\/$/, "")}/`);
  return isList && holdsWhole(text, id.value);
}

/** True when the words stand in the text and neither begin nor go on in a longer one. */
function holdsWhole(text: string, words: string, goesOn = /[\w-]/): boolean {
  for (let at = text.indexOf(words); at >= 0; at = text.indexOf(words, at + 1)) {
    const before = text[at - 1] ?? " ";
    const after = text[at + words.length] ?? " ";
    const isWhole = !goesOn.test(after) && (words.startsWith("/") || !/[\w-]/.test(before));
    if (isWhole) return true;
  }
  return false;
}

export function isData(type: string | null): boolean {
  return type !== null && !isHtmlType(type);
}

export function readableText(text: string): string {
  return text.replaceAll("&amp;", "&").replaceAll("\\/", "/");
}

/**
 * One page of each route and set of parameters that was answered with text, the smallest URL of it, so that the same
 * session gives the same pages; then who names them.
 */
export async function readPages(session: SessionReader): Promise<PrivatePage[]> {
  const routes = await routesOf(session);
  const routeAt = (url: string) => routes.get(url) ?? routeOf(parseWebUrl(url).path);
  const keyOf = (url: string) => `${routeAt(url)}?${namesOf(parseWebUrl(url).query)}`;
  const byRoute = new Map<string, { url: string; key: string; id: ObjectId | null; referrers: string[] }>();
  const readable = new Set<string>();
  for await (const fetch of session.fetches({ method: "GET", source: "broker" })) {
    if (!isReadable(fetch)) continue;
    readable.add(fetch.id);
    const key = keyOf(fetch.url);
    const known = byRoute.get(key);
    if (known && known.url <= fetch.url) continue;
    const id = idInQuery(fetch.url) ?? idInPath(fetch.url, routeAt(fetch.url));
    byRoute.set(key, { url: fetch.url, key, id, referrers: [] });
  }
  const pages = [...byRoute.values()];
  for await (const fetch of session.fetches({ method: "GET", source: "broker" })) {
    if (!readable.has(fetch.id)) continue;
    const text = readableText(await fetchText(fetch));
    const from = { url: fetch.url, isData: isData(fetch.contentType) };
    for (const { url, key, id, referrers } of pages) {
      // A page of its own kind leads from one object to the next, for everybody who was led to the first.
      const isOpen = key !== keyOf(fetch.url) && referrers.length < MAX_REFERRERS;
      if (isOpen && !referrers.includes(fetch.url) && names(text, from, url, id)) referrers.push(fetch.url);
    }
  }
  return pages.sort((a, b) => (a.url < b.url ? -1 : 1));
}

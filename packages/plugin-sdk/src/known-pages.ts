import { type HeaderList, routeOf, tryParseWebUrl } from "@picket/core";
import type { FocusPlace } from "./plugin-context.ts";
import type { FetchRecord, SessionReader } from "./session.ts";

/** One URL of a route that the scan has asked for by GET, so that asking again does no harm. */
export interface KnownPage {
  readonly url: string;
  readonly status: number;
  /** As in `FetchRecord`. */
  readonly contentType: string | null;
  readonly headers: HeaderList;
}

function pageOf({ url, status, contentType, responseHeaders }: FetchRecord): KnownPage {
  return { url, status, contentType, headers: responseHeaders };
}

/** The first URL of each route among the recorded GETs that `isWanted`, sorted by URL: the same in whatever order they came. */
export async function knownPages(
  session: SessionReader,
  isWanted: (page: KnownPage) => boolean,
): Promise<KnownPage[]> {
  const byRoute = new Map<string, KnownPage>();
  for await (const fetch of session.fetches({ method: "GET", source: "broker" })) {
    const page = pageOf(fetch);
    const parsed = tryParseWebUrl(page.url);
    if (!parsed || !isWanted(page)) continue;
    const route = `${parsed.port}${routeOf(parsed.path)}`;
    const known = byRoute.get(route);
    if (!known || page.url < known.url) byRoute.set(route, page);
  }
  return [...byRoute.values()].sort((a, b) => (a.url < b.url ? -1 : 1));
}

/** Distinct URLs of the places by that method. */
export function focusedUrls(focus: readonly FocusPlace[], method = "GET"): string[] {
  return [...new Set(focus.filter((place) => place.method === method).map(({ url }) => url))];
}

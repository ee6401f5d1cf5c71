import { routeOf, tryParseWebUrl } from "@picket/core";
import type { FocusPlace, SessionReader } from "@picket/plugin-sdk";
import { isApiLike } from "./evaluate.ts";

/** One URL of a route that the scan has asked for before, so that asking again does no harm. */
export interface Candidate {
  readonly url: string;
  readonly isApiLike: boolean;
}

/** Scripts, styles and pictures are made to be loaded by other sites. */
const PUBLIC_BY_NATURE = /^(image|font|audio|video)\/|javascript|\/css$/;

function rank(a: Candidate, b: Candidate): number {
  if (a.isApiLike !== b.isApiLike) return a.isApiLike ? -1 : 1;
  return a.url < b.url ? -1 : 1;
}

/** One candidate for each route: what looks like an API first, then by URL. */
export async function findCandidates(session: SessionReader): Promise<Candidate[]> {
  const byRoute = new Map<string, Candidate>();
  for await (const { url, status, contentType, responseHeaders } of session.fetches({ method: "GET" })) {
    const parsed = tryParseWebUrl(url);
    const isRedirect = status >= 300 && status < 400;
    if (!parsed || isRedirect || status >= 500 || PUBLIC_BY_NATURE.test(contentType ?? "")) continue;
    const route = `${parsed.scheme}://${parsed.host}:${parsed.port}${routeOf(parsed.path)}`;
    const candidate = { url, isApiLike: isApiLike(contentType, responseHeaders) };
    const known = byRoute.get(route);
    if (!known || rank(candidate, known) < 0) byRoute.set(route, candidate);
  }
  return [...byRoute.values()].sort(rank);
}

/** The places of a focused scan; each is asked thoroughly, because there are few. */
export function focusedCandidates(focus: readonly FocusPlace[]): Candidate[] {
  const urls = focus.filter(({ method }) => method === "GET").map(({ url }) => url);
  return [...new Set(urls)].map((url) => ({ url, isApiLike: true }));
}

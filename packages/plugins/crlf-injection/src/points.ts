import { routeOf, tryParseWebUrl } from "@picket/core";
import type { EndpointView, FocusPlace, KnownPage, SessionReader } from "@picket/plugin-sdk";

/** Where something is put into a request; `name` is a query parameter's, null for the end of the path. */
export interface Point {
  readonly url: string;
  readonly name: string | null;
}

/** Names whose values tend to end up in headers: addresses, languages, files, what is remembered in cookies. */
const OFTEN_IN_HEADERS = /url|uri|redir|next|return|goto|dest|lang|locale|file|name|theme|ref|path|page|to$/i;

function queryNames({ url, parameters }: EndpointView): string[] {
  const declared = parameters.filter((parameter) => parameter.in === "query").map(({ name }) => name);
  return [...new Set([...declared, ...new URL(url).searchParams.keys()])];
}

/** One of each route and parameter, those first whose names tend to end up in headers. */
export async function queryPoints(session: SessionReader): Promise<Point[]> {
  const found = new Map<string, Point & { name: string }>();
  for await (const endpoint of session.endpoints()) {
    const parsed = tryParseWebUrl(endpoint.url);
    if (endpoint.method !== "GET" || !parsed) continue;
    for (const name of queryNames(endpoint)) {
      const key = `${routeOf(parsed.path)} ${name}`;
      const known = found.get(key);
      if (!known || endpoint.url < known.url) found.set(key, { url: endpoint.url, name });
    }
  }
  const rank = ({ name }: { name: string }) => (OFTEN_IN_HEADERS.test(name) ? 0 : 1);
  const order = (one: Point) => `${one.url} ${one.name}`;
  return [...found.values()].sort((a, b) => rank(a) - rank(b) || (order(a) < order(b) ? -1 : 1));
}

/** Addresses that redirect: their answer's header is made of the path. */
export function isRedirect({ status }: KnownPage): boolean {
  return status >= 300 && status < 400;
}

export function focusedPoints(focus: readonly FocusPlace[]): Point[] {
  return focus.flatMap(({ method, url, parameter }) =>
    method === "GET" && (parameter === null || parameter.in === "query" || parameter.in === "path")
      ? [{ url, name: parameter?.in === "query" ? parameter.name : null }]
      : [],
  );
}

/** The URL with `escaped`, percent-escaped text, behind the parameter's value or the path. */
export function withSuffix({ url, name }: Point, escaped: string): string {
  const changed = new URL(url);
  if (name === null) return `${changed.origin}${changed.pathname.replace(/\/$/, "")}/${escaped}`;
  const others = [...changed.searchParams].filter(([key]) => key !== name);
  const value = changed.searchParams.get(name) ?? "";
  const pairs = others
    .map(([key, text]) => `${encodeURIComponent(key)}=${encodeURIComponent(text)}&`)
    .join("");
  return `${changed.origin}${changed.pathname}?${pairs}${encodeURIComponent(name)}=${encodeURIComponent(value)}${escaped}`;
}

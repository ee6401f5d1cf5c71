import { hrefOf, parseWebUrl, type WebUrl } from "@picket/core";
import type { HttpResponse, PluginContext } from "@picket/plugin-sdk";
import { isEntrance } from "@picket/plugin-sdk/surface";
import type { Frontier } from "./frontier.ts";
import { readResponse } from "./read-response.ts";

/** Pages that are asked for without the session at most. */
const MAX_PAGES = 15;

type Context = Pick<PluginContext, "http" | "signal">;

interface Site {
  /** The base URL's page. */
  readonly start: string;
  readonly frontier: Pick<Frontier, "addRequested" | "isAsked" | "isOnTarget">;
  /** Pages that the crawl knows. */
  readonly known: Iterable<string>;
}

/** Where a page leads a stranger: to entrances, and to what the user was not led to. */
function nextOf(response: HttpResponse, { start, frontier }: Site): WebUrl[] {
  return readResponse(response, start)
    .references.filter(({ url, method, isGuess, isRequestable }) => {
      const isPage = method === "GET" && isRequestable && !isGuess && frontier.isOnTarget(url);
      return isPage && (isEntrance(url.path) || !frontier.isAsked(url));
    })
    .map(({ url }) => url);
}

/**
 * What only strangers are shown, such as a login or a way back for a forgotten password: the base URL without the
 * session, the entrances that the crawl has met, and where these pages lead that the user was not led to.
 */
export async function* seeAsStranger(site: Site, { http, signal }: Context): AsyncGenerator<HttpResponse> {
  const entrances = [...site.known].filter((url) => isEntrance(parseWebUrl(url).path));
  const asked = new Set<string>([site.start, ...entrances.slice(0, MAX_PAGES - 5)]);
  let pages = 0;
  for (const href of asked) {
    if (pages === MAX_PAGES || signal.aborted) return;
    pages += 1;
    const response = await http.get(href, { maxRedirects: 0, identity: "anonymous" });
    if (!response.ok) continue;
    for (const url of nextOf(response, site)) {
      asked.add(hrefOf(url));
      site.frontier.addRequested(url);
    }
    yield response;
  }
}

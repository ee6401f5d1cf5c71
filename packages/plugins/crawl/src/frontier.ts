import {
  destructiveWord,
  hrefOf,
  originOf,
  type Parameter,
  parameterNames,
  routeOf,
  type WebUrl,
} from "@picket/core";
import type { EndpointInput } from "@picket/plugin-sdk";
import type { Reference } from "./html-links.ts";
import { looksLikeAsset } from "./skip-rules.ts";

export interface FrontierLimits {
  readonly maxPages: number;
  readonly maxDepth: number;
  readonly maxPagesPerRoute: number;
  readonly skipDestructive: boolean;
}

/** Known places that were not requested, counted by reason. A type, so that it can be logged as fields. */
export type LeftOut = {
  /** Another host, or outside the base URL's directory. */
  outside: number;
  destructive: number;
  asset: number;
  pageCap: number;
  depthCap: number;
  routeCap: number;
  /** Names read after `MAX_PLACES` different ones. */
  placeCap: number;
};

export interface Frontier {
  /** A page that was requested already, outside the caps. Its origin belongs to the target. */
  addRequested(url: WebUrl): void;
  /** Takes note of a place; returns its endpoint when it is on the target and new. */
  offer(reference: Reference): EndpointInput | null;
  /** Pages to request next: all that were offered since the last call, less the caps. Empty: the crawl is done. */
  nextLevel(): string[];
  /** What is offered from now on counts as no click away from the base URL. */
  startOver(): void;
  readonly leftOut: Readonly<LeftOut>;
}

/** As `EndpointDiscovered` has them. */
const MAX_PARAMETERS = 200;
const MAX_NAME_LENGTH = 256;

/** Places that are told apart; well below the events that a run may yield, and what its memory holds. */
const MAX_PLACES = 50_000;

const WORDY_SEGMENT = /-.*-|\d/;

/**
 * Pages that are likely rendered by one template count together: identifiers, and names with a digit or with two
 * hyphens, stand for any value. Coarser than a finding's route, which must never merge what is not the same.
 */
function templateOf(url: WebUrl): string {
  const segments = routeOf(url.path)
    .split("/")
    .map((segment) => (WORDY_SEGMENT.test(segment) ? "{id}" : segment));
  return `${originOf(url)}${segments.join("/")}?${parameterNames(url).join("&")}`;
}

/** Parameters of the query and of the form, less what the contract does not carry. */
function reportable(url: WebUrl, parameters: readonly Parameter[]): Parameter[] {
  const query = parameterNames(url).map((name): Parameter => ({ name, in: "query" }));
  return [...query, ...parameters]
    .filter(({ name }) => name !== "" && name.length <= MAX_NAME_LENGTH)
    .slice(0, MAX_PARAMETERS);
}

/**
 * What is known and not yet requested. Levels are sorted, so that caps cut the same pages whatever the order in which
 * links were read. The target is what lies in `directory` (a path that ends with a slash).
 */
export function createFrontier(limits: FrontierLimits, directory: string): Frontier {
  const origins = new Set<string>();
  const places = new Set<string>();
  const queued = new Set<string>();
  const pagesOfTemplate = new Map<string, number>();
  const leftOut: LeftOut = {
    outside: 0,
    destructive: 0,
    asset: 0,
    pageCap: 0,
    depthCap: 0,
    routeCap: 0,
    placeCap: 0,
  };
  let waiting: WebUrl[] = [];
  let depth = 0;
  let pages = 1;

  function enqueue(url: WebUrl): void {
    const href = hrefOf(url);
    if (queued.has(href)) return;
    queued.add(href);
    if (looksLikeAsset(url)) leftOut.asset += 1;
    else if (limits.skipDestructive && destructiveWord(url) !== null) leftOut.destructive += 1;
    else waiting.push(url);
  }

  function isWithinCaps(url: WebUrl): boolean {
    const template = templateOf(url);
    const count = pagesOfTemplate.get(template) ?? 0;
    if (count >= limits.maxPagesPerRoute) leftOut.routeCap += 1;
    else if (pages >= limits.maxPages) leftOut.pageCap += 1;
    else {
      pagesOfTemplate.set(template, count + 1);
      pages += 1;
      return true;
    }
    return false;
  }

  return {
    leftOut,
    addRequested(url) {
      origins.add(originOf(url));
      queued.add(hrefOf(url));
    },
    offer({ method, url, parameters, source, isRequestable }) {
      const href = hrefOf(url);
      const key = JSON.stringify([method, href, parameters.map(({ name }) => name).sort()]);
      const isNew = !places.has(key);
      if (isNew && places.size >= MAX_PLACES) {
        leftOut.placeCap += 1;
        return null;
      }
      places.add(key);
      if (!origins.has(originOf(url)) || !url.path.startsWith(directory)) {
        if (isNew) leftOut.outside += 1;
        return null;
      }
      if (isRequestable) enqueue(url);
      if (!isNew) return null;
      return { event: "endpoint", method, url: href, parameters: reportable(url, parameters), source };
    },
    startOver() {
      depth = 0;
    },
    nextLevel() {
      depth += 1;
      const level = waiting.toSorted((a, b) => (hrefOf(a) < hrefOf(b) ? -1 : 1));
      waiting = [];
      if (depth <= limits.maxDepth) return level.filter(isWithinCaps).map(hrefOf);
      leftOut.depthCap += level.length;
      return [];
    },
  };
}

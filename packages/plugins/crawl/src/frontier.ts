import {
  destructiveWord,
  type EndpointParameter,
  hrefOf,
  MAX_EXAMPLE_LENGTH,
  originOf,
  type Parameter,
  parameterNames,
  parseWebUrl,
  routeOf,
  type WebUrl,
} from "@picket/core";
import type { EndpointInput } from "@picket/plugin-sdk";
import { looksLikeAsset } from "@picket/plugin-sdk/surface";
import type { Reference } from "./reference.ts";
import { choiceOf, isEndlessPath, placeOf } from "./traps.ts";

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
  /** Combinations of a path's parameters beyond `COMBINATIONS` times the pages of one route. */
  combinationCap: number;
  /** Paths that repeat themselves, or do not end. */
  pathCap: number;
  /** Names read after `MAX_PLACES` different ones. */
  placeCap: number;
};

export interface Frontier {
  /** A page that was requested already, outside the caps. Its origin belongs to the target. */
  addRequested(url: WebUrl): void;
  /** Takes note of a place; returns its endpoint when it is on the target, new and no guess. */
  offer(reference: Reference): EndpointInput | null;
  /** The endpoint of a guess that turned out to be there; null when it is known by now, or was none. */
  confirm(href: string): EndpointInput | null;
  /** Whether a page was asked for, or will be. */
  isAsked(url: WebUrl): boolean;
  /** Whether a place belongs to the target. */
  isOnTarget(url: WebUrl): boolean;
  /** Whether the place is only a guess so far. */
  isGuess(href: string): boolean;
  /** Pages to request next: all that were offered since the last call, less the caps. Empty: the crawl is done. */
  nextLevel(): string[];
  /** Different programs that take parameters, among what was offered so far. */
  readonly programs: number;
  /** A page that named a program of its own is none of many alike: its template is given room for more of them. */
  giveRoom(href: string): void;
  /** What is offered from now on counts as no click away from the base URL. */
  startOver(): void;
  readonly leftOut: Readonly<LeftOut>;
}

/** As `EndpointDiscovered` has them. */
const MAX_PARAMETERS = 200;
const MAX_NAME_LENGTH = 256;

/** Places that are told apart; well below the events that a run may yield, and what its memory holds. */
const MAX_PLACES = 50_000;

/** Pages of one path with different parameters, in pages of one route. */
const COMBINATIONS = 5;

/** Pages of one template that prove to be different, in pages of one route. */
const DIFFERENT = 50;

/** Of such a page: so many more of its template are asked for, so that a few levels reach all. */
const ROOM = 3;

/** Sets of parameters of one place that count as programs. */
const MAX_PROGRAMS_AT = 200;

const WORDY_SEGMENT = /-[^-]*-|\d/;

/** A file that the server runs: however it is called, it is one program. */
const PROGRAM = /\.(?:jspx?|jsf|do|action|php\d?|aspx?|ashx|asmx|cfm|cgi|pl|py)(?:;|$)/i;

export function pathTemplateOf(url: WebUrl): string {
  const segments = routeOf(url.path)
    .split("/")
    .map((segment) => (WORDY_SEGMENT.test(segment) && !PROGRAM.test(segment) ? "{id}" : segment));
  return `${originOf(url)}${segments.join("/")}`;
}

/**
 * Pages that are likely rendered by one template count together: identifiers, and names with a digit or with two
 * hyphens, stand for any value. Coarser than a finding's route, which must never merge what is not the same.
 */
function templateOf(url: WebUrl): string {
  return `${pathTemplateOf(url)}?${parameterNames(url).join("&")}#${choiceOf(url)}`;
}

/** Parameters of the query and of the form, less what the contract does not carry. */
function reportable(url: WebUrl, parameters: readonly EndpointParameter[]): EndpointParameter[] {
  const values = new URLSearchParams(url.query);
  const query = parameterNames(url).map((name): EndpointParameter => {
    const example = values.get(name) ?? "";
    return { name, in: "query", ...(example !== "" && example.length <= MAX_EXAMPLE_LENGTH && { example }) };
  });
  const distinct = new Map([...query, ...parameters].map((one) => [`${one.in} ${one.name}`, one]));
  return [...distinct.values()]
    .filter(({ name }) => name !== "" && name.length <= MAX_NAME_LENGTH)
    .slice(0, MAX_PARAMETERS);
}

function endpointOf({ method, url, parameters, source, foundAt }: Reference): EndpointInput {
  const found = foundAt === undefined ? {} : { foundAt };
  return {
    event: "endpoint",
    method,
    url: hrefOf(url),
    parameters: reportable(url, parameters),
    source,
    ...found,
  };
}

function keyOf({ method, url, parameters }: Reference): string {
  return JSON.stringify([method, hrefOf(url), parameters.map(({ name }: Parameter) => name).sort()]);
}

/** What takes these parameters; names of pages of one template may be those of different programs. */
function programOf({ method, url, parameters }: EndpointInput): string | null {
  const names = [...new Set((parameters ?? []).map((one) => `${one.in} ${one.name}`))].sort();
  return names.length === 0 ? null : JSON.stringify([method, pathTemplateOf(parseWebUrl(url)), names]);
}

/** Counts by key, up to a limit each that can be raised, at most to `most`. */
export function createCounter(limit: number, most = limit) {
  const counts = new Map<string, number>();
  const limits = new Map<string, number>();
  const limitOf = (key: string) => limits.get(key) ?? limit;
  return {
    isFull: (key: string) => (counts.get(key) ?? 0) >= limitOf(key),
    add: (key: string) => void counts.set(key, (counts.get(key) ?? 0) + 1),
    raise: (key: string, by: number) => void limits.set(key, Math.min(most, limitOf(key) + by)),
  };
}

/**
 * What is known and not yet requested. Levels are sorted, so that caps cut the same pages whatever the order in which
 * links were read. The target is what lies in `directory` (a path that ends with a slash).
 */
export function createFrontier(limits: FrontierLimits, directory: string): Frontier {
  const origins = new Set<string>();
  const places = new Set<string>();
  /** Guesses that are to be requested, by URL. */
  const guesses = new Map<string, { key: string; endpoint: EndpointInput }>();
  const queued = new Set<string>();
  const { maxPagesPerRoute } = limits;
  const ofTemplate = createCounter(maxPagesPerRoute, maxPagesPerRoute * DIFFERENT);
  const ofPath = createCounter(maxPagesPerRoute * COMBINATIONS, maxPagesPerRoute * DIFFERENT);
  const programs = new Set<string>();
  const namesAt = new Map<string, ReadonlySet<string>[]>();
  /** Pages beyond the caps of their routes: there may be room for them later. */
  let held: WebUrl[] = [];
  const leftOut: LeftOut = {
    outside: 0,
    destructive: 0,
    asset: 0,
    pageCap: 0,
    depthCap: 0,
    routeCap: 0,
    combinationCap: 0,
    pathCap: 0,
    placeCap: 0,
  };
  let waiting: WebUrl[] = [];
  let depth = 0;
  let pages = 1;

  function enqueue(url: WebUrl): void {
    const place = placeOf(url);
    if (queued.has(place)) return;
    queued.add(place);
    if (looksLikeAsset(url)) leftOut.asset += 1;
    else if (limits.skipDestructive && destructiveWord(url) !== null) leftOut.destructive += 1;
    else if (isEndlessPath(url)) leftOut.pathCap += 1;
    else waiting.push(url);
  }

  function isWithinCaps(url: WebUrl): boolean {
    const [template, path] = [templateOf(url), pathTemplateOf(url)];
    if (ofTemplate.isFull(template) || ofPath.isFull(path)) {
      held.push(url);
      leftOut[ofTemplate.isFull(template) ? "routeCap" : "combinationCap"] += 1;
    } else if (pages >= limits.maxPages) leftOut.pageCap += 1;
    else {
      ofTemplate.add(template);
      ofPath.add(path);
      pages += 1;
      return true;
    }
    return false;
  }

  const isOnTarget = (url: WebUrl) => origins.has(originOf(url)) && url.path.startsWith(directory);

  /** Whether there is room for the place and it is on the target. */
  function isAdmitted({ url }: Reference, isNew: boolean): boolean {
    if (isNew && places.size + guesses.size >= MAX_PLACES) {
      leftOut.placeCap += 1;
      return false;
    }
    if (isOnTarget(url)) return true;
    if (isNew) leftOut.outside += 1;
    return false;
  }

  /** More parameters beside those of a known program make no other: filters of a shop add up for ever. */
  function addProgram(endpoint: EndpointInput, url: WebUrl): void {
    const program = programOf(endpoint);
    if (program === null || programs.has(program)) return;
    const place = `${url.path}#${choiceOf(url)}`;
    const names = new Set((endpoint.parameters ?? []).map(({ name }) => name));
    const known = namesAt.get(place) ?? [];
    if (known.length >= MAX_PROGRAMS_AT || known.some((one) => one.isSubsetOf(names))) return;
    namesAt.set(place, [...known, names]);
    programs.add(program);
  }

  return {
    leftOut,
    isOnTarget,
    isAsked: (url) => queued.has(placeOf(url)),
    addRequested(url) {
      origins.add(originOf(url));
      queued.add(placeOf(url));
    },
    offer(reference) {
      const { url, request = url, isRequestable, isGuess = false } = reference;
      const key = keyOf(reference);
      const isNew = !places.has(key);
      const isAdmittedHere = isAdmitted(reference, isNew);
      if (!isGuess) places.add(key);
      if (!isAdmittedHere) return null;
      if (isGuess && isNew && !guesses.has(hrefOf(request)))
        guesses.set(hrefOf(request), { key, endpoint: endpointOf(reference) });
      if (isRequestable && (isNew || request === url)) enqueue(request);
      if (!isNew || isGuess) return null;
      const endpoint = endpointOf(reference);
      addProgram(endpoint, url);
      return endpoint;
    },
    confirm(href) {
      const guess = guesses.get(href);
      if (!guess || places.has(guess.key)) return null;
      places.add(guess.key);
      return guess.endpoint;
    },
    isGuess(href) {
      const guess = guesses.get(href);
      return guess !== undefined && !places.has(guess.key);
    },
    startOver() {
      depth = 0;
    },
    get programs() {
      return programs.size;
    },
    giveRoom(href) {
      const url = parseWebUrl(href);
      ofTemplate.raise(templateOf(url), ROOM);
      ofPath.raise(pathTemplateOf(url), ROOM);
    },
    nextLevel() {
      depth += 1;
      const isTooDeep = depth > limits.maxDepth;
      if (isTooDeep) leftOut.depthCap += waiting.length;
      const level = [...held, ...(isTooDeep ? [] : waiting)].sort((a, b) => (hrefOf(a) < hrefOf(b) ? -1 : 1));
      [waiting, held] = [[], []];
      [leftOut.routeCap, leftOut.combinationCap] = [0, 0];
      return level.filter(isWithinCaps).map(hrefOf);
    },
  };
}

import type { ValueKind } from "@picket/core";
import {
  type Instance,
  type ParameterPosition,
  parseWebUrl,
  placeTexts,
  routeOf,
  tryParseWebUrl,
} from "@picket/core";
import type {
  FocusPlace,
  HttpRequestInput,
  Permissions,
  PluginContext,
  ScanInfo,
} from "../plugin-context.ts";
import type { EndpointView } from "../session.ts";
import { type FilledParameter, requestOf } from "./carrier.ts";
import { forStrangers, isForStrangers, mayBeForStrangers, type Seen } from "./entrance.ts";
import { withWays } from "./form-ways.ts";
import { graphqlFields, takesGraphql } from "./graphql-fields.ts";
import { observedCookies } from "./observed-cookies.ts";
import { createRoutes } from "./program-routes.ts";
import {
  betterKnown,
  choiceOf,
  decodedSegment,
  isAsset,
  isForgeryToken,
  looksDestructive,
  parameterOf,
  programOf,
  routeKeyOf,
  type SurfaceEndpoint,
  type SurfaceParameter,
  surfaceEndpoint,
} from "./surface-endpoint.ts";

/** One place where a value of the plugin's choice can be sent to the target. */
export interface InsertionPoint {
  readonly method: string;
  /** Without the plugin's value: as observed. */
  readonly url: string;
  readonly route: string;
  /** A path parameter is named by the route up to it, as `/product/{id}`; one in JSON by its pointer. */
  readonly parameter: { readonly name: string; readonly in: ParameterPosition };
  readonly kind: ValueKind;
  /** What it holds when nothing is tried: as observed, or a default for the kind. */
  readonly value: string;
  readonly isObserved: boolean;
  /** The page whose form leads here. */
  readonly foundAt: string | null;
  /** True when the form has tokens of one page or session, or is seen only behind others: `sendFresh` goes there first. */
  readonly needsFreshForm: boolean;
  readonly endpoint: SurfaceEndpoint;
  /** Carries `value` here, `others` at their places and every other parameter as observed, or by a default. Redirects are not followed. */
  request(value: string, others?: readonly FilledParameter[]): HttpRequestInput;
  /** For the finding. */
  readonly instance: Instance;
}

export interface SurfaceOptions {
  /** Default: query, form, json, xml and path. */
  readonly positions?: readonly ParameterPosition[];
  /** Default: GET and POST. Add PUT and PATCH where what they store may be changed. */
  readonly methods?: readonly string[];
  /** Names of headers that are offered at the first endpoints too, when `positions` has `header`. Default: none. */
  readonly headers?: readonly string[];
  /** Default 300. */
  readonly maxEndpoints?: number;
  /** Of one endpoint. Default 30. */
  readonly maxParameters?: number;
}

/** Who asks, and what it may. */
type Asker = Pick<ScanInfo, "identities" | "may">;

type Context = Pick<PluginContext, "session" | "log" | "http">;

/** Where a GraphQL request carries the values of its query's variables. */
const VARIABLES = "/variables/";

const POSITIONS: readonly ParameterPosition[] = ["query", "form", "json", "xml", "path"];
const METHODS = ["GET", "POST"];

/** All places of a request; of headers and cookies those that the target is known to read. */
export const EVERY_POSITION: readonly ParameterPosition[] = [...POSITIONS, "header", "cookie"];

/** Endpoints of which headers are tried: applications read them in one place for all. */
const MAX_HEADER_ENDPOINTS = 5;

/** Programs that one parameter chooses among, as in `?action=edit`; more are taken for values of it. */
const MAX_CHOICES = 10;

/** Requests that showed a page to be gone, and pages that were seen. A path that answered well in between is there. */
async function visits({
  session,
}: Context): Promise<{ gone: ReadonlySet<string>; seen: Seen; shown: ReadonlySet<string> }> {
  const gone = new Set<string>();
  const seen = { byUser: new Set<string>(), byStranger: new Set<string>() };
  const fetches = session.fetches({ method: "GET", source: "broker" });
  for await (const { method, url, status, authentication } of fetches) {
    const key = `${method} ${url}`;
    if (status < 300) seen[authentication === "anonymous" ? "byStranger" : "byUser"].add(url);
    if (status === 404 || status === 410) gone.add(key);
    else gone.delete(key);
  }
  return { gone, seen, shown: seen.byUser.union(seen.byStranger) };
}

interface LeftOut {
  destructive: number;
  forms: number;
  gone: number;
  choices: number;
  combinations: number;
}

/** Sets of the same parameters that are tried of one route; facets and filters come in every combination. */
const MAX_COMBINATIONS = 3;

/** Sets of parameters that are tried of one route at all: pages of one route may be different programs. */
const MAX_SETS = 200;

/** The largest sets of parameters, and of the others each that has a name which none before it has. */
function withOwnNames(endpoints: readonly SurfaceEndpoint[]): SurfaceEndpoint[] {
  const known = new Set<string>();
  return endpoints
    .toSorted((a, b) => b.parameters.length - a.parameters.length)
    .filter(({ parameters }, index) => {
      const before = known.size;
      for (const { name, in: position } of parameters) known.add(`${position} ${name}`);
      return index < MAX_COMBINATIONS || known.size > before;
    })
    .slice(0, MAX_SETS);
}

/** Of the sets of parameters that one route is asked with, those that are not made of others' names. */
function withoutCombinations(endpoints: readonly SurfaceEndpoint[], leftOut: LeftOut): SurfaceEndpoint[] {
  const ofRoute = new Map<string, SurfaceEndpoint[]>();
  for (const endpoint of endpoints) {
    const key = routeKeyOf(endpoint);
    ofRoute.set(key, [...(ofRoute.get(key) ?? []), endpoint]);
  }
  const kept = new Set([...ofRoute.values()].flatMap(withOwnNames));
  leftOut.combinations = endpoints.length - kept.size;
  return endpoints.filter((endpoint) => kept.has(endpoint));
}

function reasonToLeave(
  endpoint: SurfaceEndpoint,
  gone: ReadonlySet<string>,
  may: Permissions,
): keyof LeftOut | null {
  if (gone.has(`${endpoint.method} ${endpoint.url}`)) return "gone";
  if (!may.destroy && looksDestructive(endpoint)) return "destructive";
  return !may.submitForms && endpoint.method !== "GET" ? "forms" : null;
}

/** One endpoint of each program, in an order that does not depend on that of the session. */
async function endpointsOf(
  context: Context,
  { methods, may, identities }: { methods: readonly string[] } & Asker,
  leftOut: LeftOut,
): Promise<SurfaceEndpoint[]> {
  const { gone, seen, shown } = await visits(context);
  const withOwnRoute = await createRoutes(context.session);
  const hasSession = identities.includes("primary");
  const programs = new Map<string, Map<string, SurfaceEndpoint>>();
  for await (const view of context.session.endpoints()) {
    const found = methods.includes(view.method) ? surfaceEndpoint(withOwnRoute(view)) : null;
    if (!found || isAsset(found)) continue;
    const endpoint = hasSession && isForStrangers(found, seen) ? forStrangers(found) : found;
    const reason = reasonToLeave(endpoint, gone, may);
    if (reason) leftOut[reason] += 1;
    else {
      const choices = programs.get(programOf(endpoint)) ?? new Map<string, SurfaceEndpoint>();
      programs.set(programOf(endpoint), choices);
      const known = choices.get(choiceOf(endpoint));
      choices.set(choiceOf(endpoint), known ? betterKnown(known, endpoint) : endpoint);
    }
  }
  const endpoints = [...programs].sort(byKey).flatMap(([, choices]) => {
    const kept = [...choices].sort(byKey).slice(0, MAX_CHOICES);
    leftOut.choices += choices.size - kept.length;
    return kept.map(([, endpoint]) => endpoint);
  });
  return withWays(withoutCombinations(endpoints, leftOut), shown);
}

/** One endpoint of each route that the target has answered to a GET. */
export async function answeringPrograms(
  { may, identities }: Asker,
  context: Context,
): Promise<SurfaceEndpoint[]> {
  const answered = new Set<string>();
  for await (const { url } of context.session.fetches({ method: "GET", source: "broker" })) answered.add(url);
  const leftOut: LeftOut = { destructive: 0, forms: 0, gone: 0, choices: 0, combinations: 0 };
  const found = await endpointsOf(context, { methods: ["GET"], may, identities }, leftOut);
  const answering = found.filter(({ url }) => answered.has(url));
  return [...new Map(answering.map((endpoint) => [routeKeyOf(endpoint), endpoint])).values()];
}

function byKey([a]: readonly [string, unknown], [b]: readonly [string, unknown]): number {
  return a < b ? -1 : 1;
}

function canBeSent({ name, in: position }: FilledParameter): boolean {
  return position !== "header" || !/^(?:host|cookie|content-length|content-type|authorization)$/i.test(name);
}

/** The insertion point of one parameter. `changes`: values that other parameters are sent with instead of their own. */
export function insertionPoint(
  endpoint: SurfaceEndpoint,
  parameter: SurfaceParameter,
  changes: readonly FilledParameter[] = [],
): InsertionPoint {
  const { method, url, route, foundAt } = endpoint;
  const { name, in: position, kind, value, isObserved } = parameter;
  return {
    ...{ method, url, route, kind, value, isObserved, foundAt, endpoint },
    parameter: { name, in: position },
    needsFreshForm:
      foundAt !== null &&
      (endpoint.behind?.isOnly ||
        endpoint.parameters.some((one) => one.in === "form" && one.kind === "token" && !one.isObserved)),
    request: (payload, others = []) => ({
      ...requestOf(endpoint, [...changes, ...others, { name, in: position, value: payload }]),
      ...(endpoint.identity && { identity: endpoint.identity }),
    }),
    instance: { method, url, parameter: { name, in: position } },
  };
}

/** The last segment of an endpoint's path as an insertion point, named by the path; null: it cannot be sent. */
export function segmentPoint(view: EndpointView): InsertionPoint | null {
  const endpoint = surfaceEndpoint(view);
  const path = parseWebUrl(view.url).path;
  const value = decodedSegment(path.slice(path.lastIndexOf("/") + 1));
  const name = `${path.slice(0, path.lastIndexOf("/"))}/{file}`;
  return endpoint && value !== "" ? insertionPoint(endpoint, parameterOf(name, "path", value)) : null;
}

function headerPoints(endpoints: readonly SurfaceEndpoint[], names: readonly string[]): InsertionPoint[] {
  return endpoints
    .filter(({ method }) => method === "GET")
    .slice(0, MAX_HEADER_ENDPOINTS)
    .flatMap((endpoint) => names.map((name) => insertionPoint(endpoint, parameterOf(name, "header"))));
}

/** Forms of the page that sets a cookie, which are sent with it in turn. */
const MAX_FORMS = 2;

async function extraPoints(
  endpoints: readonly SurfaceEndpoint[],
  context: Context,
  { positions = POSITIONS, headers = [] }: SurfaceOptions,
): Promise<InsertionPoint[]> {
  const ofHeaders = positions.includes("header") ? headerPoints(endpoints, headers) : [];
  if (!positions.includes("cookie")) return ofHeaders;
  const cookies = await observedCookies(context.session);
  const ofCookies = cookies.flatMap(({ url, route, name, value }) => {
    const forms = endpoints.filter((one) => one.method !== "GET" && one.foundAt === url);
    const readers = [
      { method: "GET", url, route, parameters: [], foundAt: null },
      ...forms.slice(0, MAX_FORMS),
    ];
    return readers.map((endpoint) => insertionPoint(endpoint, parameterOf(name, "cookie", value)));
  });
  return [...ofHeaders, ...ofCookies];
}

/** A segment of the path is one parameter of its route, with whatever others it is asked for. */
function withPathsOnce(points: readonly InsertionPoint[]): InsertionPoint[] {
  const tried = new Set<string>();
  return points.filter(({ parameter, endpoint }) => {
    const key = `${routeKeyOf(endpoint)} ${parameter.name}`;
    const isFirst = parameter.in !== "path" || !tried.has(key);
    tried.add(key);
    return isFirst;
  });
}

/** Of the variables of GraphQL fields, in place of the query as a whole. */
function variablePoints(endpoint: SurfaceEndpoint): InsertionPoint[] {
  return endpoint.parameters
    .filter(({ name }) => name.startsWith(VARIABLES))
    .map((parameter) => insertionPoint(endpoint, parameter));
}

async function graphqlPoints(
  found: readonly SurfaceEndpoint[],
  may: Permissions,
  context: Context,
  { positions = POSITIONS }: SurfaceOptions,
): Promise<InsertionPoint[]> {
  if (!positions.includes("json")) return [];
  const servers = new Map(found.filter(takesGraphql).map((endpoint) => [endpoint.url, endpoint]));
  const fields = await Promise.all([...servers.values()].map((one) => graphqlFields(one, may, context)));
  return fields.flat().flatMap(variablePoints);
}

async function everywhere(
  asker: Asker,
  context: Context,
  options: SurfaceOptions,
): Promise<InsertionPoint[]> {
  const { positions = POSITIONS, methods = METHODS, maxEndpoints = 300, maxParameters = 30 } = options;
  const leftOut: LeftOut = { destructive: 0, forms: 0, gone: 0, choices: 0, combinations: 0 };
  const found = await endpointsOf(context, { methods, ...asker }, leftOut);
  const offers = (endpoint: SurfaceEndpoint) =>
    endpoint.parameters.filter((one) => positions.includes(one.in) && canBeSent(one) && !isForgeryToken(one));
  const ofGraphql = await graphqlPoints(found, asker.may, context, options);
  const withParameters = found.filter(
    (endpoint) => offers(endpoint).length > 0 && !(ofGraphql.length > 0 && takesGraphql(endpoint)),
  );
  const endpoints = withParameters.slice(0, maxEndpoints);
  let cutParameters = 0;
  const points = endpoints.flatMap((endpoint) => {
    const parameters = offers(endpoint);
    cutParameters += Math.max(0, parameters.length - maxParameters);
    return parameters.slice(0, maxParameters).map((parameter) => insertionPoint(endpoint, parameter));
  });
  const { log } = context;
  const all = [...withPathsOnce(points), ...ofGraphql, ...(await extraPoints(found, context, options))];
  log.info("surface read", { endpoints: endpoints.length, points: all.length, ...leftOut });
  const cutEndpoints = withParameters.length - endpoints.length;
  if (cutEndpoints > 0) log.warn("endpoint cap reached", { maxEndpoints, left: cutEndpoints });
  if (cutParameters > 0) log.warn("parameter cap reached", { maxParameters, left: cutParameters });
  if (leftOut.choices > 0) log.warn("choice cap reached", { maxChoices: MAX_CHOICES, left: leftOut.choices });
  if (leftOut.combinations > 0)
    log.warn("combination cap reached", { maxCombinations: MAX_COMBINATIONS, left: leftOut.combinations });
  return all;
}

/** The endpoint of a place that the scan has no endpoint for: its URL and what the finding says. */
function placeEndpoint({ method, url, parameter }: FocusPlace): SurfaceEndpoint | null {
  const parsed = tryParseWebUrl(url);
  if (!parsed) return null;
  const parameters =
    parameter && parameter.in !== "query"
      ? [{ name: parameter.name, in: parameter.in as ParameterPosition }]
      : [];
  return surfaceEndpoint({ id: "", method, url, route: routeOf(parsed.path), parameters, source: "seed" });
}

function isAt({ method, url, parameter }: FocusPlace, point: InsertionPoint): boolean {
  const isSamePlace =
    placeTexts({ method, url }).location === placeTexts({ method: point.method, url: point.url }).location;
  if (!isSamePlace) return false;
  return (
    parameter === null || (parameter.name === point.parameter.name && parameter.in === point.parameter.in)
  );
}

/** Of points of one parameter one for each identity, of the very URL where there is one. */
function bestOfEach(points: readonly InsertionPoint[], url: string): InsertionPoint[] {
  return [...Map.groupBy(points, ({ endpoint }) => endpoint.identity).values()].flatMap(
    (ofOne) => ofOne.find((point) => point.url === url) ?? ofOne[0] ?? [],
  );
}

/** In a recheck: the points of its places, whatever else would be left out. */
async function focused(
  places: readonly FocusPlace[],
  { identities }: Asker,
  context: Context,
): Promise<InsertionPoint[]> {
  const known: SurfaceEndpoint[] = [];
  for await (const view of context.session.endpoints()) {
    const endpoint = surfaceEndpoint(view);
    if (endpoint) known.push(endpoint);
  }
  const endpoints = withWays(known, (await visits(context)).shown);
  const ofFields = new Set(
    places.filter(({ parameter }) => parameter?.name.startsWith(VARIABLES)).map(({ url }) => url),
  );
  const fields = [...ofFields].map((url) => {
    const endpoint = placeEndpoint({ method: "POST", url, parameter: null });
    return endpoint ? graphqlFields(endpoint, { destroy: true }, context) : [];
  });
  const hasSession = identities.includes("primary");
  // What was found as a stranger is looked for as one too: a look by the user alone could not tell that it is fixed.
  const asBoth = (endpoint: SurfaceEndpoint) =>
    hasSession && mayBeForStrangers(endpoint) ? [endpoint, forStrangers(endpoint)] : [endpoint];
  const points = [...endpoints, ...(await Promise.all(fields)).flat()]
    .flatMap(asBoth)
    .flatMap((endpoint) => endpoint.parameters.map((one) => insertionPoint(endpoint, one)));
  return places.flatMap((place) => {
    const known = points.filter((point) => isAt(place, point));
    if (known.length > 0) return place.parameter ? bestOfEach(known, place.url) : known;
    const endpoint = placeEndpoint(place);
    if (!endpoint) return [];
    const { parameter } = place;
    const own = endpoint.parameters.find((one) => one.name === parameter?.name && one.in === parameter.in);
    if (!parameter) return endpoint.parameters.map((one) => insertionPoint(endpoint, one));
    return [insertionPoint(endpoint, own ?? parameterOf(parameter.name, parameter.in as ParameterPosition))];
  });
}

/**
 * Where a plugin can send values to the target: one endpoint for each method, route and set of parameters stands for
 * all that one program answers. Left out are assets, pages that are gone, and forms and what looks destructive where the
 * plugin may not send them. In a recheck only the places of the finding. The log says how much the caps left out.
 */
export function readSurface(
  { focus, may, identities }: Pick<ScanInfo, "focus" | "identities" | "may">,
  context: Context,
  options: SurfaceOptions = {},
): Promise<InsertionPoint[]> {
  const asker = { may, identities };
  return focus ? focused(focus, asker, context) : everywhere(asker, context, options);
}

import {
  CHOOSING_NAME,
  DEFAULT_VALUES,
  destructiveWord,
  type EndpointParameter,
  isTokenName,
  kindOf,
  looksLikeAsset,
  originOf,
  parseWebUrl,
  tryParseWebUrl,
  type ValueKind,
} from "@picket/core";
import type { EndpointView } from "../session.ts";
import type { Carrier, FilledParameter } from "./carrier.ts";

export interface SurfaceParameter extends FilledParameter {
  readonly kind: ValueKind;
  /** Whether `value` was seen at the target; else it is a default for the kind. */
  readonly isObserved: boolean;
}

/** Places that one program answers: one of them stands for all. */
export interface SurfaceEndpoint extends Carrier {
  readonly route: string;
  readonly parameters: readonly SurfaceParameter[];
  readonly foundAt: string | null;
  /** Whose session its requests carry; absent: the plugin's own. */
  readonly identity?: "anonymous";
  /** Forms of which one may show the page that leads here; `isOnly`: that page was never seen without them. */
  readonly behind?: { readonly forms: readonly SurfaceEndpoint[]; readonly isOnly: boolean };
}

/** Redaction replaced part of it: what was there is not known any more. */
const MASK = "[redacted:";

export function parameterOf(
  name: string,
  position: FilledParameter["in"],
  example?: string,
): SurfaceParameter {
  const seen = example !== undefined && example !== "" && !example.includes(MASK) ? example : undefined;
  const kind = kindOf(name, seen);
  return { name, in: position, kind, value: seen ?? DEFAULT_VALUES[kind], isObserved: seen !== undefined };
}

/** Variable segments of the route, named by the route up to them, with what stands there in the URL. */
function pathParameters(path: string, route: string): SurfaceParameter[] {
  const [segments, templates] = [path.split("/"), route.split("/")];
  if (segments.length !== templates.length) return [];
  return templates.flatMap((template, index) => {
    const [, suffix] = /^\{[a-z]+\}(\.\w+)?$/.exec(template) ?? [null, null];
    if (suffix === null) return [];
    const segment = segments[index] ?? "";
    const value = suffix === undefined ? segment : segment.slice(0, -suffix.length);
    return [parameterOf(templates.slice(0, index + 1).join("/"), "path", decodedSegment(value))];
  });
}

/** A segment of a path without its escapes. */
export function decodedSegment(text: string): string {
  try {
    return decodeURIComponent(text);
  } catch {
    // A stray percent sign: it stands for itself.
    return text;
  }
}

function queryParameters(query: string): SurfaceParameter[] {
  const search = new URLSearchParams(query);
  return [...new Set(search.keys())].flatMap((name) =>
    name === "" ? [] : [parameterOf(name, "query", search.get(name) ?? undefined)],
  );
}

/** Segments that a description of the API names as variable, though they do not look so; each is named by its place. */
function describedSegments(
  parameters: readonly EndpointParameter[],
  known: readonly SurfaceParameter[],
): SurfaceParameter[] {
  const levels = new Set(known.map(({ name }) => name.split("/").length));
  return parameters
    .filter(({ name, in: position }) => position === "path" && !levels.has(name.split("/").length))
    .map(({ name, example }) => parameterOf(name, "path", example));
}

/** What the endpoint is known by, whose values count before those in its URL. */
function ownParameters(parameters: readonly EndpointParameter[]): SurfaceParameter[] {
  return parameters
    .filter((parameter) => parameter.in !== "path")
    .map(({ name, in: position, example }) => parameterOf(name, position, example));
}

export function surfaceEndpoint({
  method,
  url,
  route,
  parameters,
  foundAt,
}: EndpointView): SurfaceEndpoint | null {
  const parsed = tryParseWebUrl(url);
  if (!parsed || parsed.path.includes(MASK) || parsed.path.includes("%5Bredacted:")) return null;
  const all = new Map<string, SurfaceParameter>();
  const ofRoute = pathParameters(parsed.path, route);
  for (const one of [
    ...ofRoute,
    ...describedSegments(parameters, ofRoute),
    ...queryParameters(parsed.query),
    ...ownParameters(parameters),
  ]) {
    const key = `${one.in} ${one.name}`;
    if (one.isObserved || !all.has(key)) all.set(key, one);
  }
  return { method, url, route, parameters: [...all.values()], foundAt: foundAt ?? null };
}

/** What is asked of one program: method, origin, route, and the names of its parameters. */
export function programOf({ method, url, route, parameters }: SurfaceEndpoint): string {
  const names = parameters.map((one) => `${one.in} ${one.name}`).sort();
  return JSON.stringify([method, originOf(parseWebUrl(url)), route, names]);
}

/** The words by which a program chooses what to do; endpoints that differ in them are different ones. */
export function choiceOf({ parameters }: SurfaceEndpoint): string {
  const chosen = parameters.filter(
    ({ name, in: position, kind }) => position !== "path" && CHOOSING_NAME.test(name) && kind !== "number",
  );
  return JSON.stringify(chosen.map(({ name, value }) => [name, value]).sort());
}

/** Method, origin and route, and the page that is chosen there: what different sets of parameters are asked of. */
export function routeKeyOf(endpoint: SurfaceEndpoint): string {
  const { method, url, route } = endpoint;
  return JSON.stringify([method, originOf(parseWebUrl(url)), route, choiceOf(endpoint)]);
}

/** True for what may end the session, delete or undo something, by its URL or by what it is told to do. */
export function looksDestructive({ url, parameters }: SurfaceEndpoint): boolean {
  const { path, query } = parseWebUrl(url);
  const told = parameters
    .filter(({ in: position }) => position === "form" || position === "json")
    .map(({ name, value }) => [name.replace(/^\//, ""), value]);
  return destructiveWord({ path, query: `${query}&${new URLSearchParams(told)}` }) !== null;
}

/** Tokens that say what is looked up by them, such as `reset_token`; a plain `token` may be one. */
const LOOKED_UP = /^(?:(?:reset|verif|confirm|invit|activat|access|api|unsub)\w{0,20})?token$/i;

/** True for the token by which a form is known as the application's own: it is compared, and nothing else is done with it. */
export function isForgeryToken({ name, in: position, isObserved }: SurfaceParameter): boolean {
  return position === "form" && !isObserved && isTokenName(name) && !LOOKED_UP.test(name);
}

export function isAsset({ url }: SurfaceEndpoint): boolean {
  return looksLikeAsset(parseWebUrl(url));
}

/** Of two endpoints of one program the one of which more is known, else the one with the smaller URL. */
export function betterKnown(a: SurfaceEndpoint, b: SurfaceEndpoint): SurfaceEndpoint {
  const seen = ({ parameters }: SurfaceEndpoint) => parameters.filter(({ isObserved }) => isObserved).length;
  if (seen(a) !== seen(b)) return seen(a) > seen(b) ? a : b;
  return a.url <= b.url ? a : b;
}

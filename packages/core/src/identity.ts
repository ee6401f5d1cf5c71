import { lengthDelimited } from "./canonical-json.ts";
import type { FindingEvent, Instance, RootCause } from "./plugin-event.ts";
import { parameterNames, parseWebUrl, routeOf, type WebUrl } from "./web-url.ts";

/** Version of the dedupe key's parts and of their order. */
export const DEDUPE_VERSION = "v2";

/** Names of headers have no case (RFC 9110 §5.1). */
function parameterPart({ parameter }: Instance): string {
  if (!parameter) return "";
  const { in: position, name } = parameter;
  return lengthDelimited([position, position === "header" ? name.toLowerCase() : name]);
}

/** From a path to its route: `routeFor` with what was learned of the target; `routeOf` where nothing is known of it. */
export type RouteOfPath = (path: string) => string;

/** Port and route: equivalent URLs give the same. */
function placeParts(url: string, route: RouteOfPath): [port: string, route: string] {
  const { port, path } = parseWebUrl(url);
  return [String(port), route(path)];
}

function locationParts(rootCause: RootCause, instance: Instance, route: RouteOfPath): string[] {
  switch (rootCause.level) {
    case "target":
    case "component":
      return ["", "", "", ""];
    case "route":
      return [...placeParts(instance.url, route), instance.method, ""];
    case "parameter":
      return [...placeParts(instance.url, route), instance.method, parameterPart(instance)];
  }
}

/** What a finding's identity is made of. */
export type FindingIdentity = Pick<FindingEvent, "type" | "rootCause" | "instance">;

/**
 * The text whose SHA-256, as `v2:<hex>`, is a finding's dedupe key on its target. Parts: type, root-cause level and
 * key, port, route, method, parameter. Wording, severity, confidence and evidence are no part of it.
 */
export function dedupeKeyText(finding: FindingIdentity, route: RouteOfPath = routeOf): string {
  const { type, rootCause, instance } = finding;
  return lengthDelimited([
    DEDUPE_VERSION,
    type,
    rootCause.level,
    rootCause.key,
    ...locationParts(rootCause, instance, route),
  ]);
}

/** What a place is known by, its URL read once. */
export interface PlaceTexts {
  /** Its SHA-256 names one place of a finding: port, route, method and parameter. */
  instance: string;
  /** Its SHA-256 names where a detector looks: port, route and method. Coverage is recorded by it. */
  location: string;
  route: string;
}

export function placeTexts(instance: Instance, route: RouteOfPath = routeOf): PlaceTexts {
  const place = placeParts(instance.url, route);
  const { method } = instance;
  return {
    instance: lengthDelimited([DEDUPE_VERSION, ...place, method, parameterPart(instance)]),
    location: lengthDelimited([DEDUPE_VERSION, ...place, method]),
    route: place[1],
  };
}

/** The text whose SHA-256 tells endpoints of one method and path apart: the sorted names of their parameters. */
export function parametersText(url: WebUrl, names: readonly string[]): string {
  return lengthDelimited([...new Set([...parameterNames(url), ...names])].sort());
}

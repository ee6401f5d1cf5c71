import { originOf, parameterNames, routeOf, tryParseWebUrl, type WebUrl } from "@picket/core";
import type { EndpointView, SessionReader } from "../session.ts";

/** Paths with a parameter that no other path of their route has, from which on the route stands for programs. */
const MIN_OWN = 5;

/** The names of one route's parameters, each with the path that has it; null: several have it. */
type Owners = Map<string, string | null>;

function keyOf(url: WebUrl, route: string): string {
  return `${originOf(url)} ${route}`;
}

async function ownersByRoute(session: Pick<SessionReader, "endpoints">): Promise<Map<string, Owners>> {
  const routes = new Map<string, Owners>();
  for await (const { url, route, parameters } of session.endpoints()) {
    const parsed = tryParseWebUrl(url);
    if (!parsed || route === routeOf(parsed.path)) continue;
    const { path } = parsed;
    const key = keyOf(parsed, route);
    const owners = routes.get(key) ?? new Map<string, string | null>();
    routes.set(key, owners);
    for (const name of [...parameterNames(parsed), ...parameters.map((one) => one.name)]) {
      const owner = owners.get(name);
      owners.set(name, owner === undefined || owner === path ? path : null);
    }
  }
  return routes;
}

/**
 * Routes are learned from how many values stand in one place. Where those values each take parameters of their own, they
 * are the names of programs: then every path is a route. Returns the endpoints' routes with that in mind.
 */
export async function createRoutes(
  session: Pick<SessionReader, "endpoints">,
): Promise<(endpoint: EndpointView) => EndpointView> {
  const ofPrograms = new Set<string>();
  for (const [key, owners] of await ownersByRoute(session)) {
    const own = new Set([...owners.values()].filter((path) => path !== null));
    if (own.size >= MIN_OWN) ofPrograms.add(key);
  }
  return (endpoint) => {
    const url = tryParseWebUrl(endpoint.url);
    const isProgram = url && ofPrograms.has(keyOf(url, endpoint.route));
    return isProgram ? { ...endpoint, route: routeOf(url.path) } : endpoint;
  };
}

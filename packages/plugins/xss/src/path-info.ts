import { tryParseWebUrl } from "@picket/core";
import type { InsertionPoint } from "@picket/plugin-sdk/surface";

/** Scripts for which servers take the rest of the path as a parameter, `PATH_INFO`. */
const TAKES_REST = /\.(?:php\d?|phtml|cgi|pl)$/i;

function nameOf(url: string): string | null {
  const parsed = tryParseWebUrl(url);
  return parsed && TAKES_REST.test(parsed.path) ? `${parsed.path}/{rest}` : null;
}

/** What stands behind the name of a script in the path. Slashes stay: many servers refuse encoded ones. */
function restPoint(point: InsertionPoint, name: string): InsertionPoint {
  const url = new URL(name.slice(0, -"{rest}".length), point.url).href;
  const parameter = { name, in: "path" as const };
  return {
    ...point,
    ...{ method: "GET", url, parameter, kind: "text", value: "", isObserved: false, needsFreshForm: false },
    request: (value) => ({
      url: url + encodeURIComponent(value).replaceAll("%2F", "/"),
      maxRedirects: 0,
    }),
    instance: { method: "GET", url, parameter },
  };
}

/**
 * The points, and one for each script whose form leads to itself: it may write its own address, with whatever stands
 * behind its name (PHP_SELF), into the form. In a recheck such a point comes with the others and is made anew.
 */
export function withRestOfPath(points: readonly InsertionPoint[]): InsertionPoint[] {
  const rest = new Map<string, InsertionPoint>();
  for (const point of points) {
    const name = nameOf(point.foundAt ?? "");
    if (name !== null && name === nameOf(point.url) && !rest.has(name))
      rest.set(name, restPoint(point, name));
  }
  const anew = points.map((point) => {
    const { name } = point.parameter;
    return name.endsWith("/{rest}") ? restPoint(point, name) : point;
  });
  return [...anew, ...rest.values()];
}

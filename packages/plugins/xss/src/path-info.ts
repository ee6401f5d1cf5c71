import { tryParseWebUrl } from "@picket/core";
import type { PluginContext } from "@picket/plugin-sdk";
import { type InsertionPoint, segmentPoint } from "@picket/plugin-sdk/surface";

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

/** Scripts that places go on behind, such as `/index.php/news`, with the last segment of one of these places. */
export async function scriptsWithRest({
  session,
}: Pick<PluginContext, "session">): Promise<Map<string, InsertionPoint>> {
  const scripts = new Map<string, InsertionPoint>();
  for await (const view of session.endpoints()) {
    const path = tryParseWebUrl(view.url)?.path ?? "";
    const script = path.split("/").find((segment) => TAKES_REST.test(segment)) ?? "";
    const name = nameOf(
      new URL(path.slice(0, path.indexOf(`/${script}`) + script.length + 1), view.url).href,
    );
    const point = view.method === "GET" && name !== `${path}/{rest}` ? segmentPoint(view) : null;
    if (point && name !== null && !scripts.has(name)) scripts.set(name, point);
  }
  return scripts;
}

/**
 * The points, and one for each script whose form leads to itself: it may write its own address, with whatever stands
 * behind its name (PHP_SELF), into the form; and for those of `scripts`, which are known to read it. In a recheck such a point comes with the others and is made anew.
 */
export function withRestOfPath(
  points: readonly InsertionPoint[],
  scripts: ReadonlyMap<string, InsertionPoint> = new Map(),
): InsertionPoint[] {
  const rest = new Map([...scripts].map(([name, point]) => [name, restPoint(point, name)]));
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

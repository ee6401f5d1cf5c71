import type { EndpointView, PluginContext } from "@picket/plugin-sdk";
import { type InsertionPoint, looksLikeAsset, segmentPoint } from "@picket/plugin-sdk/surface";

/** Folders whose files are tried; one file stands for its folder. */
const MAX_FOLDERS = 12;

/** Scripts and what pages are made of come from servers of files, which know better. */
const PAGE_FILE = /\.(?:m?js|css|map|json|html?|php|aspx?|jsp)$/i;
const FILE = /\/[^/]{1,200}\.\w{1,6}$/;

interface FileEndpoint {
  readonly endpoint: EndpointView;
  readonly path: string;
}

/** What is likely to be read by a program of the application first. */
function rank({ path }: FileEndpoint): number {
  return PAGE_FILE.test(path) ? 2 : looksLikeAsset({ path }) ? 1 : 0;
}

/** The names of files in paths, such as `/reports/may.pdf`: one of each folder. */
export async function filePoints({
  session,
  log,
}: Pick<PluginContext, "session" | "log">): Promise<InsertionPoint[]> {
  const folders = new Map<string, FileEndpoint>();
  for await (const endpoint of session.endpoints()) {
    const path = URL.parse(endpoint.url)?.pathname ?? "";
    // A route that has the segment for a variable has its point already.
    if (endpoint.method !== "GET" || !FILE.test(path) || endpoint.route.endsWith("}")) continue;
    if (endpoint.parameters.some((one) => one.in === "path")) continue;
    const folder = endpoint.route.slice(0, endpoint.route.lastIndexOf("/") + 1);
    const [one, known] = [{ endpoint, path }, folders.get(folder)];
    if (!known || rank(one) < rank(known) || (rank(one) === rank(known) && path < known.path))
      folders.set(folder, one);
  }
  const all = [...folders.values()].toSorted((a, b) => rank(a) - rank(b) || (a.path < b.path ? -1 : 1));
  if (all.length > MAX_FOLDERS)
    log.info("folder cap reached", { maxFolders: MAX_FOLDERS, left: all.length - MAX_FOLDERS });
  return all.slice(0, MAX_FOLDERS).flatMap(({ endpoint }) => segmentPoint(endpoint) ?? []);
}

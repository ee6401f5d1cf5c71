import { parameterNames, routeOf, tryParseWebUrl } from "@picket/core";
import type { ScanInfo, SessionReader } from "@picket/plugin-sdk";
import type { InsertionPoint } from "@picket/plugin-sdk/surface";

function templateOf(url: string): string | null {
  const parsed = tryParseWebUrl(url);
  return parsed && JSON.stringify([routeOf(parsed.path), parameterNames(parsed).sort()]);
}

async function knownPages(session: SessionReader): Promise<string[]> {
  const pages = new Map<string, string>();
  for await (const { url, status } of session.fetches({ method: "GET", contentTypes: ["text/html"] })) {
    const template = status < 400 ? templateOf(url) : null;
    if (template !== null && !pages.has(template)) pages.set(template, url);
  }
  return [...pages.values()];
}

/**
 * Pages on which something stored may show: first those with the forms that were sent, and where these were sent to,
 * then one page of each template that the scan has seen.
 */
export async function pagesToRevisit(
  points: readonly InsertionPoint[],
  { target }: Pick<ScanInfo, "target">,
  session: SessionReader,
): Promise<string[]> {
  const near = points
    .filter(({ method }) => method !== "GET")
    .flatMap(({ foundAt, url }) => [...(foundAt === null ? [] : [foundAt]), url]);
  return [...new Set([...near, target.baseUrl, ...(await knownPages(session))])];
}

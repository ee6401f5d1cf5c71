import type { SurfaceEndpoint } from "./surface-endpoint.ts";

/** Forms that are tried at most on the way to a page. */
const MAX_WAYS = 3;

function formsTo(page: string, endpoints: readonly SurfaceEndpoint[]): SurfaceEndpoint[] {
  const from = endpoints.filter(({ method, url }) => method === "GET" && url === page);
  const shownBy = new Set([page, ...from.flatMap(({ foundAt }) => foundAt ?? [])]);
  return endpoints.filter(({ method, url }) => method === "POST" && shownBy.has(url));
}

/**
 * Endpoints with the forms behind which the page with their own form lies: as the answer to one, or where its answer leads
 * to. `seen`: pages that were seen by GET alone.
 */
export function withWays(
  endpoints: readonly SurfaceEndpoint[],
  seen: ReadonlySet<string>,
): SurfaceEndpoint[] {
  const linked = endpoints.map(
    (endpoint) => ({ ...endpoint }) as { -readonly [Key in keyof SurfaceEndpoint]: SurfaceEndpoint[Key] },
  );
  for (const endpoint of linked) {
    const { method, foundAt } = endpoint;
    if (method !== "POST" || foundAt === null) continue;
    const forms = formsTo(foundAt, linked).filter((form) => form !== endpoint);
    const isLanding = forms.some(({ url }) => url !== foundAt);
    if (forms.length > 0)
      endpoint.behind = { forms: forms.slice(0, MAX_WAYS), isOnly: isLanding || !seen.has(foundAt) };
  }
  return linked;
}

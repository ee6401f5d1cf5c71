import { headerValues, hrefOf, originOf, tryParseWebUrl } from "@picket/core";
import type { WireRequest } from "./exchange.ts";
import { outOfScope } from "./fetch-error.ts";

const REDIRECTS = new Set([301, 302, 303, 307, 308]);

/** What every browser sends everywhere. */
const PUBLIC_HEADERS = new Set(["accept", "accept-encoding", "accept-language"]);

/**
 * The request that follows a redirect (Fetch standard, HTTP-redirect fetch), or null when the response is no redirect.
 * To another origin only the headers travel on that are no secret anywhere. A body is never sent from https to http: such a
 * redirect is not followed. Throws FetchError `out_of_scope` when the location is no web URL.
 */
export function followRedirect(
  request: WireRequest,
  response: { status: number; headers: [string, string][] },
): WireRequest | null {
  const [location] = headerValues(response.headers, "location");
  if (!REDIRECTS.has(response.status) || location === undefined) return null;
  const url = tryParseWebUrl(utf8Of(location), hrefOf(request.url));
  if (!url) throw outOfScope("not_a_web_url", `redirected to what is no web URL: ${location.slice(0, 200)}`);

  const { body, ...rest } = asGet(request, response.status) ? withoutBody(request) : request;
  if (body && request.url.scheme === "https" && url.scheme === "http") return null;
  const isSameOrigin = originOf(url) === originOf(request.url);
  const headers = isSameOrigin ? rest.headers : rest.headers.filter(([name]) => PUBLIC_HEADERS.has(name));
  return { ...rest, url, headers, ...(body && { body }) };
}

function asGet({ method }: WireRequest, status: number): boolean {
  if (status === 303) return method !== "GET" && method !== "HEAD";
  return method === "POST" && (status === 301 || status === 302);
}

function withoutBody(request: WireRequest): WireRequest {
  const headers = request.headers.filter(([name]) => !name.startsWith("content-"));
  return { url: request.url, method: "GET", headers };
}

/** Header values arrive with a byte in each character; locations are UTF-8 in practice. */
function utf8Of(value: string): string {
  return Buffer.from(value, "latin1").toString("utf8");
}

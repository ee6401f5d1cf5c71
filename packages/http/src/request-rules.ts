import { validateHeaderName, validateHeaderValue } from "node:http";
import {
  type Capability,
  type HeaderList,
  type HttpRequest,
  maySubmitForms,
  parseJson,
  type RequestPolicy,
  sideEffectOf,
} from "@picket/core";
import { FetchError } from "./fetch-error.ts";

/** They frame the message or belong to one connection (RFC 9110 §7.6.1), so they are the broker's. */
const CONNECTION_HEADERS = [
  "connection",
  "content-length",
  "expect",
  "host",
  "keep-alive",
  "proxy-authenticate",
  "proxy-authorization",
  "proxy-connection",
  "te",
  "trailer",
  "transfer-encoding",
  "upgrade",
];

const READING_METHODS = new Set(["GET", "HEAD", "OPTIONS"]);

/** Names that no application has (RFC 6761): under them a server cannot answer for one that is not in scope. */
const NOBODYS_HOST = /^[a-z0-9.-]{1,200}\.(?:example|invalid)$/;

/** A GraphQL document of one anonymous query: its first word says that it reads (GraphQL spec, 2.3). */
const READING_QUERY = /^\s*(?:query\s*)?\{/;

/**
 * Throws FetchError when a plugin may not send this, or nobody can:
 * - `capability_missing`: without one of the `http:` capabilities nothing may be sent; `http:passive` and `http:active`
 *   allow GET, HEAD and OPTIONS without a body, `http:active` also TRACE and the POST of a GraphQL query, which reads,
 *   `http:intrusive` any method and a body. Where `policy` lets safe active plugins submit forms, so does `http:active`.
 *   `identity: "comparison"` needs `auth:compare` besides.
 * - `invalid_request`: CONNECT, a malformed header, one of the connection's headers (save a `host` that is nobody's, with
 *   `http:active`), or one of `ownHeaders`, which the broker sets itself (save a `user-agent` with `http:intrusive`, which
 *   goes behind the broker's own).
 */
export function assertSendable(
  request: HttpRequest,
  capabilities: readonly Capability[],
  { ownHeaders, policy }: { ownHeaders: readonly string[]; policy: RequestPolicy },
): void {
  assertCapable(request, capabilities, policy);
  if (request.identity === "comparison") assertMayCompare(request, capabilities);
  if (request.method === "CONNECT") throw new FetchError("invalid_request", "CONNECT cannot be sent");
  for (const [name, value] of request.headers) {
    if (isNobodysHost(name, value, capabilities)) continue;
    const isTaken = [...CONNECTION_HEADERS, ...ownHeaders].includes(name.toLowerCase());
    if (isTaken && !(isUserAgent(name) && capabilities.includes("http:intrusive"))) {
      throw new FetchError("invalid_request", `the broker sets ${name.toLowerCase()}: leave it out`);
    }
    assertHeader(name, value);
  }
}

function isUserAgent(name: string): boolean {
  return name.toLowerCase() === "user-agent";
}

/**
 * The broker's headers and then the request's. A user agent that the request has stands behind the broker's own, so that it
 * still says who sends it.
 */
export function withOwnHeaders(own: HeaderList, headers: HeaderList): HeaderList {
  const [, added] = headers.find(([name]) => isUserAgent(name)) ?? [];
  if (added === undefined || !own.some(([name]) => isUserAgent(name))) return [...own, ...headers];
  return [
    ...own.map(([name, value]): HeaderList[number] => [
      name,
      isUserAgent(name) ? `${value} ${added}` : value,
    ]),
    ...headers.filter(([name]) => !isUserAgent(name)),
  ];
}

function isNobodysHost(name: string, value: string, capabilities: readonly Capability[]): boolean {
  const mayProbe = capabilities.includes("http:active") || capabilities.includes("http:intrusive");
  return mayProbe && name.toLowerCase() === "host" && NOBODYS_HOST.test(value);
}

function assertCapable(
  request: HttpRequest,
  capabilities: readonly Capability[],
  policy: RequestPolicy,
): void {
  const { method, body } = request;
  if (capabilities.includes("http:intrusive")) return;
  const mayProbe = capabilities.includes("http:active");
  if (!mayProbe && !capabilities.includes("http:passive")) {
    throw new FetchError("capability_missing", "sending needs http:passive, http:active or http:intrusive");
  }
  if (READING_METHODS.has(method) && body === undefined) return;
  if (mayProbe && ((method === "TRACE" && body === undefined) || isGraphqlQuery(request))) return;
  if (mayProbe && method === "POST" && maySubmitForms(policy, sideEffectOf(capabilities))) return;
  const what = body === undefined ? method : `${method} with a body`;
  throw new FetchError("capability_missing", `${what} needs http:intrusive`);
}

/** Another user's session is for looking, whatever else the plugin may do. */
function assertMayCompare({ method, body }: HttpRequest, capabilities: readonly Capability[]): void {
  if (!capabilities.includes("auth:compare"))
    throw new FetchError("capability_missing", "identity comparison needs auth:compare");
  if ((method !== "GET" && method !== "HEAD") || body !== undefined)
    throw new FetchError(
      "invalid_request",
      "with identity comparison only GET and HEAD are sent, without a body",
    );
}

/** A POST whose body is JSON with a GraphQL query and nothing else: no second operation, no mutation. */
export function isGraphqlQuery({
  method,
  body,
}: {
  method: string;
  body?: string | Uint8Array | undefined;
}): boolean {
  if (method !== "POST" || body === undefined) return false;
  try {
    const text = typeof body === "string" ? body : Buffer.from(body).toString();
    const { query, ...others } = parseJson(text) as Record<string, unknown>;
    const isOneQuery = typeof query === "string" && READING_QUERY.test(query);
    return isOneQuery && Object.keys(others).length === 0 && !/\b(?:mutation|subscription)\b/.test(query);
  } catch {
    // Not JSON, or null: whatever it does, it is no query.
    return false;
  }
}

function assertHeader(name: string, value: string): void {
  try {
    validateHeaderName(name);
    validateHeaderValue(name, value);
  } catch (error) {
    throw new FetchError("invalid_request", `not a header that HTTP can carry: ${JSON.stringify(name)}`, {
      cause: error,
    });
  }
}

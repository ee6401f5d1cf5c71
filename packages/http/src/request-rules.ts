import { validateHeaderName, validateHeaderValue } from "node:http";
import type { Capability, HttpRequest } from "@picket/core";
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

/**
 * Throws FetchError when a plugin may not send this, or nobody can:
 * - `capability_missing`: without one of the `http:` capabilities nothing may be sent; `http:passive` and `http:active`
 *   allow GET, HEAD and OPTIONS without a body, `http:intrusive` any method and a body.
 * - `invalid_request`: CONNECT, a malformed header, one of the connection's headers, or one of `ownHeaders`, which the
 *   broker sets itself.
 */
export function assertSendable(
  request: HttpRequest,
  capabilities: readonly Capability[],
  ownHeaders: readonly string[],
): void {
  assertCapable(request, capabilities);
  if (request.method === "CONNECT") throw new FetchError("invalid_request", "CONNECT cannot be sent");
  for (const [name, value] of request.headers) {
    if ([...CONNECTION_HEADERS, ...ownHeaders].includes(name.toLowerCase())) {
      throw new FetchError("invalid_request", `the broker sets ${name.toLowerCase()}: leave it out`);
    }
    assertHeader(name, value);
  }
}

function assertCapable({ method, body }: HttpRequest, capabilities: readonly Capability[]): void {
  if (capabilities.includes("http:intrusive")) return;
  const mayRead = capabilities.includes("http:passive") || capabilities.includes("http:active");
  if (!mayRead) {
    throw new FetchError("capability_missing", "sending needs http:passive, http:active or http:intrusive");
  }
  if (!READING_METHODS.has(method) || body !== undefined) {
    const what = body === undefined ? method : `${method} with a body`;
    throw new FetchError("capability_missing", `${what} needs http:intrusive`);
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

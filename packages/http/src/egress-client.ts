import {
  AppError,
  decideEgress,
  type EgressPolicy,
  type HeaderList,
  hrefOf,
  originOf,
  parseWebUrl,
  type WebUrl,
} from "@picket/core";
import { closeConnection, openConnection } from "./connection.ts";
import { createDeadline } from "./deadline.ts";
import { exchange } from "./exchange.ts";
import { FetchError } from "./fetch-error.ts";
import { type Resolver, systemResolver } from "./resolver.ts";
import { createScopeGate, type ScopedTargets } from "./scope-gate.ts";

export interface EgressOptions extends EgressPolicy {
  /** Default: the operating system's. Asked for each request. */
  resolver?: Resolver;
}

export interface EgressRequest {
  method: string;
  /** Absolute. Its path may hold a secret: errors name its origin only. */
  url: string;
  headers?: HeaderList;
  body?: string | Uint8Array;
  /** From resolving the name to the end of the response, ms. Default 5,000. */
  timeoutMs?: number;
  signal?: AbortSignal;
}

export interface EgressResponse {
  status: number;
  headers: HeaderList;
  /** Decoded, at most 1 MiB. Not for the eyes of whoever configured the URL. */
  body: Uint8Array;
  /** There was more. */
  truncated: boolean;
}

/** Calls the services that an operator configured, such as webhooks, token endpoints and issue trackers. */
export interface EgressClient {
  /**
   * One request over a connection of its own. Nothing is repeated and no redirect followed: a 3xx is the response.
   * Throws AppError: OUT_OF_SCOPE when the allowlist does not cover the URL, TARGET_UNREACHABLE when no valid response
   * comes in time or the certificate is not valid, INVALID_INPUT for what is no http(s) URL or carries user info; or the
   * signal's reason.
   */
  send(request: EgressRequest): Promise<EgressResponse>;
}

const LIMITS = {
  connectTimeoutMs: 5_000,
  headersTimeoutMs: 30_000,
  bodyIdleTimeoutMs: 10_000,
  maxHeaderBytes: 64 * 1024,
};
const MAX_BODY_BYTES = 1024 * 1024;

/** The guard that stands before targets, with an allowlist of its own. */
export function createEgressClient(options: EgressOptions): EgressClient {
  const gate = createScopeGate(
    (url) => decideEgress(url, options),
    options,
    options.resolver ?? systemResolver,
  );
  return {
    async send(request) {
      const url = parseEgressUrl(request.url);
      const deadline = createDeadline(request.timeoutMs ?? 5_000, request.signal ? [request.signal] : []);
      try {
        return await sendOnce(request, await gate(url, deadline.signal), deadline.signal);
      } catch (error) {
        request.signal?.throwIfAborted();
        throw error instanceof FetchError ? egressError(error, url) : error;
      } finally {
        deadline.dispose();
      }
    },
  };
}

/** As `parseWebUrl`, whose message would quote the URL. */
function parseEgressUrl(text: string): WebUrl {
  try {
    return parseWebUrl(text);
  } catch {
    throw new AppError("INVALID_INPUT", "not a URL that can be called", {
      hint: "Give an http or https URL without user name and password, with a port other than 0.",
    });
  }
}

async function sendOnce(
  { method, headers = [], body }: EgressRequest,
  targets: ScopedTargets,
  signal: AbortSignal,
): Promise<EgressResponse> {
  const connection = await openConnection(targets[0], LIMITS, signal, {
    certificates: "enforced",
  });
  try {
    const { url } = targets[0];
    const bytes = typeof body === "string" ? Buffer.from(body) : body;
    const request = { method, url, headers, ...(bytes && { body: bytes }) };
    const {
      status,
      headers: answered,
      ...rest
    } = await exchange(connection, request, MAX_BODY_BYTES, signal);
    return { status, headers: answered, body: rest.body, truncated: rest.truncated };
  } finally {
    closeConnection(connection);
  }
}

function egressError({ reason, refusal, message }: FetchError, url: WebUrl): AppError {
  const origin = originOf(url);
  // A detail may quote the URL, whose path is a secret of webhooks.
  const detail = message.replaceAll(hrefOf(url), origin);
  if (refusal) {
    return new AppError("OUT_OF_SCOPE", `${origin} may not be called: ${detail}`, {
      hint: "Let an operator add it to the allowlist of integrations; what belongs to the platform stays shut.",
      details: { refusal },
    });
  }
  return new AppError("TARGET_UNREACHABLE", `no answer from ${origin}: ${detail}`, { details: { reason } });
}

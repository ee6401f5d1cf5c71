import {
  type AuthFacts,
  type AuthProfile,
  type Capability,
  DEFAULT_REQUEST_POLICY,
  decideUrl,
  type HeaderList,
  type HttpRequest,
  type HttpResponse,
  type HttpResult,
  headerValues,
  hrefOf,
  originOf,
  pluginBodyBytes,
  type RequestBudget,
  type RequestPolicy,
  type ScopeDecision,
  type ScopePolicy,
  type StorageMode,
  sideEffectOf,
  type TlsProbe,
  type TlsResult,
  tryParseWebUrl,
  type WebUrl,
} from "@picket/core";
import { type Authenticator, createAuthenticator } from "./auth/authenticator.ts";
import type { AuthSession } from "./auth/session.ts";
import { type BrokerCounters, countFailure, zeroCounters } from "./broker-counters.ts";
import { createConnectionPool } from "./connection-pool.ts";
import { createDeadline, type Deadline } from "./deadline.ts";
import type { WireRequest } from "./exchange.ts";
import { FetchError, failureResult, outOfScope } from "./fetch-error.ts";
import type { FetchRecord } from "./fetch-record.ts";
import { type BrokerCaps, createFetcher, type Fetched, type Fetcher, type FetchPurpose } from "./fetcher.ts";
import { assertPermitted } from "./policy-rules.ts";
import { followRedirect } from "./redirect.ts";
import { assertSendable, withOwnHeaders } from "./request-rules.ts";
import { cachingResolver, type Resolver, systemResolver } from "./resolver.ts";
import { ACCEPTED_CODINGS } from "./response-body.ts";
import { createScopeGate } from "./scope-gate.ts";
import { assertMayProbe, createOffer, tlsConnection, tlsRequest, tlsUrl } from "./tls/probe.ts";

export const DEFAULT_CAPS: BrokerCaps = {
  connectTimeoutMs: 5_000,
  headersTimeoutMs: 15_000,
  bodyIdleTimeoutMs: 10_000,
  maxHeaderBytes: 64 * 1024,
  maxBodyBytes: 5 * 1024 * 1024,
};

const ADDRESS_TTL_MS = 30_000;

export interface BrokerOptions {
  scope: ScopePolicy;
  /** Asked before every wire request. What it throws, `request` rejects with. */
  budget: RequestBudget;
  /** Default: the operating system's. */
  resolver?: Resolver;
  /** How long a name's addresses are kept, whatever its own TTL, ms. Default 30,000. */
  addressTtlMs?: number;
  /** How bodies are stored of requests that do not say. Default `full`: they are read to the cap. */
  storageMode?: StorageMode;
  /** Default: `DEFAULT_CAPS`. */
  caps?: Partial<BrokerCaps>;
  /** Sent with every request, such as the user agent; a plugin cannot set or change them. */
  requestHeaders?: HeaderList;
  /** What the target's owner lets plugins send. Default: `DEFAULT_REQUEST_POLICY`. Logins are not theirs. */
  policy?: RequestPolicy;
  /** Used for plugins with `auth:use`; its credentials are kept out of what any plugin gets and of every record. */
  session?: AuthSession | undefined;
  /** Used for requests with `identity: "comparison"` of plugins with `auth:compare`; shares its mask with `session`. */
  comparison?: AuthSession | undefined;
  /**
   * Asked for each request without credentials before it is sent: an answer to it that is known already, which the
   * plugin is then given. It costs no budget and makes no record. Null: it is sent. Default: nothing is known.
   */
  recall?: (request: RecalledRequest) => Promise<RecalledAnswer | null>;
  /**
   * Takes the record of every wire request, before the plugin gets its result and after permit and connection are free
   * again: a slow store slows the plugin, not the target's budget. What it throws, `request` rejects with.
   */
  onFetch(record: FetchRecord): Promise<void> | void;
}

/** What is recalled by: everything that is sent, but a body. */
export type RecalledRequest = Pick<FetchRecord, "method" | "url"> & { headers: HeaderList };

/** An answer to an equal request, and the id of the fetch that recorded it. */
export type RecalledAnswer = Pick<Fetched, "fetchId" | "status" | "headers" | "body" | "elapsedMs">;

/** On whose behalf a request is made. */
export interface RequestContext {
  moduleRunId?: string;
  plugin: string;
  /** What the plugin declared and the profile grants. */
  capabilities: readonly Capability[];
  /** Cancels the request and closes its socket at once. */
  signal: AbortSignal;
}

/** The only thing that talks to targets. */
export interface Broker {
  /**
   * One request and the redirects it follows. What a target does wrong is a result, not an exception. Repeated is only
   * what was lost with a connection that had been used before, see `createFetcher`.
   */
  request(request: HttpRequest, context: RequestContext): Promise<HttpResult>;
  /**
   * What the target offers by TLS, without credentials: see `TlsProbe`. Scope, pinned address and budget are those of a
   * request; a handshake is recorded as one, by its HEAD. Refusals and certificates that do not verify are results.
   */
  probeTls(probe: TlsProbe, context: RequestContext): Promise<TlsResult>;
  /**
   * Logs in, unless another broker of the session has, and proves the session, or both sessions where the plugin may
   * compare. Null, or why one is missing.
   */
  startSession(context: RequestContext): Promise<string | null>;
  /** Proves once more that the session has lived. Never throws. */
  endSession(context: RequestContext): Promise<void>;
  /** Null: this broker has no such session. */
  authFacts(identity: "primary" | "comparison"): AuthFacts | null;
  /** A snapshot. */
  counters(): BrokerCounters;
  /** Cancels what is under way and closes every connection. */
  close(): void;
}

export function createBroker(options: BrokerOptions): Broker {
  const { scope, budget, storageMode = "full", requestHeaders = [], session, comparison } = options;
  const { policy = DEFAULT_REQUEST_POLICY } = options;
  const caps = { ...DEFAULT_CAPS, ...options.caps };
  const pool = createConnectionPool(caps);
  const resolver = cachingResolver(
    options.resolver ?? systemResolver,
    options.addressTtlMs ?? ADDRESS_TTL_MS,
  );
  const counters = zeroCounters();
  const closing = new AbortController();
  const fetcher = (decide: (url: WebUrl) => ScopeDecision, own = session): Fetcher => {
    const gate = createScopeGate(decide, scope, resolver);
    const send = createFetcher({
      gate,
      pool,
      budget,
      caps,
      storageMode,
      session: own,
      onFetch: (record) => options.onFetch(record),
    });
    return async (plain, purpose, deadline) => {
      const wire = { ...plain, headers: withOwnHeaders(requestHeaders, plain.headers) };
      const isPublic = !wire.body && !purpose.authenticated && !purpose.role;
      const mayBeKnown = options.recall && isPublic && !wire.handshake && decide(wire.url).allowed;
      const known = mayBeKnown ? await deadline.hold(() => recall(wire)) : null;
      return known ?? send(wire, purpose, deadline);
    };
  };
  const recall = async ({ method, url, headers }: WireRequest): Promise<Fetched | null> => {
    const answer = await options.recall?.({ method, url: hrefOf(url), headers });
    if (!answer) return null;
    counters.recalled += 1;
    return { ...answer, truncated: false, undecoded: false };
  };
  const decide = (url: WebUrl) => decideUrl(url, scope);
  const fetch = fetcher(decide);
  const makeOffer = createOffer({ gate: createScopeGate(decide, scope, resolver), budget, limits: caps });
  const authenticatorOf = (own: AuthSession | undefined) =>
    own &&
    createAuthenticator(own, {
      fetch: fetcher(decide, own),
      direct: fetcher(loginScope(own.profile, scope), own),
    });
  const authenticators = { primary: authenticatorOf(session), comparison: authenticatorOf(comparison) };

  /** Who is to send: the plugin's wish, within what it may. Throws FetchError when nobody can. */
  function senderFor({ identity }: HttpRequest, { capabilities }: RequestContext): Fetcher {
    if (identity === "comparison") {
      if (authenticators.comparison) return authenticators.comparison.fetch;
      throw new FetchError("invalid_request", "the scan has no comparison auth profile");
    }
    const isOurs = capabilities.includes("auth:use") && identity !== "anonymous";
    return (isOurs && authenticators.primary?.fetch) || fetch;
  }

  /** The sessions that a plugin uses. */
  function usedBy({ capabilities }: RequestContext): Authenticator[] {
    const { primary, comparison } = authenticators;
    const used = [
      capabilities.includes("auth:use") && primary,
      capabilities.includes("auth:compare") && comparison,
    ];
    return used.filter((one) => one !== undefined && one !== false);
  }

  const ownHeaders = requestHeaders.map(([name]) => name.toLowerCase());

  /** What was not there before (RFC 9110 §9.3.4): who made it may take it away. */
  const created = new Set<string>();

  /** Adds to `hops` what was sent, so that a failure later on can name it. */
  async function follow(request: HttpRequest, context: RequestContext, deadline: Deadline, hops: Hop[]) {
    let wire: WireRequest | null = firstRequest(request, scope);
    for (;;) {
      const isOwn = wire.method === "DELETE" && created.has(hrefOf(wire.url));
      if (!isOwn) assertPermitted(wire, sideEffectOf(context.capabilities), policy);
      // What is added on the way to the wire is not carried on to the next hop.
      const send = senderFor(request, context);
      const fetched = await send(wire, purposeOf(request, context, hops.at(-1)), deadline);
      counters.responses += 1;
      if (wire.method === "PUT" && fetched.status === 201) created.add(hrefOf(wire.url));
      counters.bodyBytes += fetched.body.length;
      const url = hrefOf(wire.url);
      hops.push({ fetchId: fetched.fetchId, url, status: fetched.status });
      wire = request.maxRedirects === 0 ? null : followRedirect(wire, fetched);
      if (!wire) return withoutCredentials(session, responseOf(fetched, url, hops.slice(0, -1)));
      if (hops.length > request.maxRedirects) {
        throw new FetchError("too_many_redirects", `gave up after ${request.maxRedirects} redirects`);
      }
    }
  }

  let endTurn: (() => void) | undefined;

  function finishTurn(): void {
    endTurn?.();
    endTurn = undefined;
  }

  async function awaitTurn({ turn, identity }: HttpRequest, deadline: Deadline): Promise<void> {
    if (!session || identity !== undefined || turn === "end") return;
    if (turn !== "begin") return deadline.hold(session.turns.pass);
    endTurn ??= await deadline.hold(session.turns.take);
    if (closing.signal.aborted) finishTurn();
  }

  return {
    async request(request, context) {
      const deadline = createDeadline(request.timeoutMs, [context.signal, closing.signal]);
      const hops: Hop[] = [];
      try {
        assertSendable(request, context.capabilities, { ownHeaders, policy });
        await awaitTurn(request, deadline);
        return await follow(request, context, deadline, hops);
      } catch (error) {
        if (!(error instanceof FetchError)) throw error;
        countFailure(counters, error);
        const failure = failureResult(error, hops.at(-1)?.fetchId);
        return session ? { ...failure, detail: session.mask.text(failure.detail) } : failure;
      } finally {
        if (request.turn === "end") finishTurn();
        deadline.dispose();
      }
    },
    async probeTls(probe, context) {
      const deadline = createDeadline(TLS_PROBE_MS, [context.signal, closing.signal]);
      try {
        assertMayProbe(context.capabilities);
        const url = tlsUrl(probe.port, scope.base);
        if (probe.kind === "handshake")
          return tlsConnection(await fetch(tlsRequest(probe, url), purposeOf({}, context), deadline), url);
        counters.tlsOffers += 1;
        return await makeOffer(probe, url, deadline);
      } catch (error) {
        if (!(error instanceof FetchError)) throw error;
        countFailure(counters, error);
        return failureResult(error);
      } finally {
        deadline.dispose();
      }
    },
    async startSession(context) {
      for (const authenticator of usedBy(context)) {
        const deadline = createDeadline(SESSION_MS, [context.signal, closing.signal]);
        try {
          const problem = await authenticator.start(purposeOf({}, context), deadline);
          if (problem !== null) return problem;
        } catch (error) {
          if (!(error instanceof FetchError)) throw error;
          return `${error.reason}: ${error.message}`;
        } finally {
          deadline.dispose();
        }
      }
      return null;
    },
    async endSession(context) {
      for (const authenticator of usedBy(context)) {
        const deadline = createDeadline(SESSION_MS, [context.signal, closing.signal]);
        await authenticator.end(purposeOf({}, context), deadline);
        deadline.dispose();
      }
    },
    authFacts: (identity) => authenticators[identity]?.facts() ?? null,
    counters: () => structuredClone(counters),
    close() {
      closing.abort();
      finishTurn();
      pool.close();
    },
  };
}

type Hop = HttpResponse["via"][number];

/** For one probe, queueing left out, ms. */
const TLS_PROBE_MS = 15_000;

/** Longest time of a login with its probes, or of the probe at the end, ms. */
const SESSION_MS = 60_000;

/** Logins and probes go to the profile's origin, below the target's base path or not, and to the token endpoint. */
function loginScope({ origin, recipe }: AuthProfile, scope: ScopePolicy): (url: WebUrl) => ScopeDecision {
  const tokenUrl = recipe.kind === "oauth2" ? tryParseWebUrl(recipe.tokenUrl) : null;
  const places = [origin, ...(tokenUrl ? [originOf(tokenUrl)] : [])];
  return (url) => {
    if (places.includes(originOf(url)))
      return decideUrl(url, { ...scope, base: { ...url, path: "/", query: "" } });
    return {
      allowed: false,
      reason: "other_host",
      detail: `${originOf(url)} is not where this profile logs in`,
    };
  };
}

/** What a plugin may see. */
function withoutCredentials(session: AuthSession | undefined, response: HttpResponse): HttpResponse {
  if (!session) return response;
  const { mask } = session;
  const { url, headers, body, via, truncated } = response;
  return {
    ...response,
    url: mask.text(url),
    headers: mask.headers(headers),
    body: mask.body(body, truncated),
    via: via.map((hop) => ({ ...hop, url: mask.text(hop.url) })),
  };
}

function firstRequest(request: HttpRequest, { base }: ScopePolicy): WireRequest {
  const url = tryParseWebUrl(request.url, hrefOf(base));
  if (!url) throw outOfScope("not_a_web_url", `no web URL: ${request.url.slice(0, 200)}`);
  const { method, body } = request;
  return {
    url,
    method,
    headers: withDefaults(request.headers),
    ...(body !== undefined && { body: typeof body === "string" ? Buffer.from(body) : body }),
  };
}

const DEFAULT_HEADERS: HeaderList = [
  ["accept", "*/*"],
  ["accept-encoding", ACCEPTED_CODINGS],
];

function withDefaults(headers: HeaderList): HeaderList {
  const own: HeaderList = headers.map(([name, value]) => [name.toLowerCase(), value]);
  const missing = DEFAULT_HEADERS.filter(([name]) => !own.some(([present]) => present === name));
  return [...own, ...missing];
}

function purposeOf(
  {
    storage,
    identity,
    lookingFor,
    askedDelayMs,
  }: Pick<HttpRequest, "storage" | "identity" | "lookingFor" | "askedDelayMs">,
  { plugin, moduleRunId, capabilities }: RequestContext,
  from?: Hop,
): FetchPurpose {
  return {
    plugin,
    ...(moduleRunId && { moduleRunId }),
    ...(storage && { storage }),
    ...(identity && { identity }),
    ...(lookingFor && { lookingFor }),
    ...(askedDelayMs && capabilities.includes("http:intrusive") && { askedDelayMs }),
    ...(from && { redirectedFrom: from.fetchId }),
  };
}

function responseOf(fetched: Fetched, url: string, via: Hop[]): HttpResponse {
  const { fetchId, status, headers, body, truncated, elapsedMs } = fetched;
  const limit = pluginBodyBytes(headerValues(headers, "content-type")[0] ?? null);
  const isCut = body.length > limit;
  return {
    ok: true,
    fetchId,
    url,
    status,
    headers,
    body: isCut ? body.slice(0, limit) : body,
    truncated: truncated || isCut,
    elapsedMs,
    via,
  };
}

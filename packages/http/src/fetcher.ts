import {
  hrefOf,
  type Identity,
  MAX_PLUGIN_BODY_BYTES,
  type RequestBudget,
  type RequestPermit,
  type StorageMode,
  uuidv7,
} from "@picket/core";
import type { AuthSession } from "./auth/session.ts";
import {
  type Connection,
  type ConnectionLimits,
  closeConnection,
  StaleConnectionError,
  UnansweredError,
} from "./connection.ts";
import type { ConnectionPool } from "./connection-pool.ts";
import type { Deadline } from "./deadline.ts";
import { exchange, type WireRequest, type WireResponse } from "./exchange.ts";
import { FetchError } from "./fetch-error.ts";
import type { FetchRecord, TlsFacts } from "./fetch-record.ts";
import { outcomeOf } from "./request-outcome.ts";
import type { ScopedTargets, ScopeGate } from "./scope-gate.ts";
import type { TlsPeer } from "./tls/peer.ts";

/** Limits of one exchange. */
export interface BrokerCaps extends ConnectionLimits {
  /**
   * Decoded response body that is read and recorded, bytes, when it is to be stored whole; otherwise no more is read
   * than the `MAX_PLUGIN_BODY_BYTES` that the plugin sees.
   */
  maxBodyBytes: number;
}

export interface FetcherParts {
  gate: ScopeGate;
  pool: ConnectionPool;
  budget: RequestBudget;
  caps: BrokerCaps;
  /** Its credentials are in no record. */
  session?: AuthSession | undefined;
  /** For requests that do not say. */
  storageMode: StorageMode;
  onFetch(record: FetchRecord): Promise<void> | void;
}

/** For whom a wire request is made, and what led to it. */
export interface FetchPurpose {
  plugin: string;
  moduleRunId?: string;
  storage?: StorageMode;
  lookingFor?: readonly string[];
  /** What of the answer's time the request itself asks for, ms. */
  askedDelayMs?: number;
  identity?: Identity;
  authenticated?: boolean;
  role?: "login" | "probe";
  redirectedFrom?: string;
  repeats?: string;
}

/** A response, and the id of the fetch that recorded it. */
export interface Fetched extends WireResponse {
  fetchId: string;
  elapsedMs: number;
  /** Of a handshake that was asked for. */
  peer?: TlsPeer;
  tls?: TlsFacts;
}

/** Sends one wire request: scope, budget, connection, exchange, record. Throws FetchError when there is no response. */
export type Fetcher = (wire: WireRequest, purpose: FetchPurpose, deadline: Deadline) => Promise<Fetched>;

/** What may be sent twice with the effect of once (RFC 9110 §9.2.2). */
const IDEMPOTENT = new Set(["GET", "HEAD", "OPTIONS", "TRACE", "PUT", "DELETE"]);

/**
 * A request that was lost, unanswered, with a connection that had carried others is sent once more, over a new one
 * (RFC 9110 §9.2.2), if its method is idempotent: servers close what rests without a word. It is budgeted, decided and
 * recorded like any other; the record of the lost one stays.
 */
export function createFetcher(parts: FetcherParts): Fetcher {
  const fetchOnce = async (wire: WireRequest, purpose: FetchPurpose, deadline: Deadline, reuse: boolean) => {
    const targets = await parts.gate(wire.url, deadline.signal);
    const permit = await acquire(parts.budget, deadline);
    const sent = await transmit(parts, targets, {
      wire,
      reuse,
      maxBodyBytes: bodyLimit(parts, purpose),
      signal: deadline.signal,
    }).catch((error) => {
      permit.release({ kind: "unsent" });
      throw error;
    });
    const ownMs = Math.max(0, sent.elapsedMs - (purpose.askedDelayMs ?? 0));
    permit.release(isLostOnReuse(sent) ? { kind: "unsent" } : outcomeOf(sent.outcome, ownMs));
    learn(parts.session, { wire, purpose, sent });
    const record = withoutCredentials(parts.session, recordOf(wire, purpose, sent));
    await deadline.hold(async () => parts.onFetch(record));
    return { sent, record };
  };

  return async (wire, purpose, deadline) => {
    const first = await fetchOnce(wire, purpose, deadline, wire.handshake === undefined);
    const isRepeated = IDEMPOTENT.has(wire.method) && isLostOnReuse(first.sent);
    const { sent, record } = isRepeated
      ? await fetchOnce(wire, { ...purpose, repeats: first.record.id }, deadline, false)
      : first;
    if (sent.outcome instanceof FetchError) throw Object.assign(sent.outcome, { fetchId: record.id });
    const { peer, tls } = sent.connection ?? {};
    const handshake = peer && tls && { peer, tls };
    return { ...sent.outcome, fetchId: record.id, elapsedMs: record.elapsedMs, ...handshake };
  };
}

/** First of all, so that the mask knows a new cookie before anybody sees it. */
function learn(
  session: AuthSession | undefined,
  { wire, purpose, sent }: { wire: WireRequest; purpose: FetchPurpose; sent: Transmission },
): void {
  const isOurs = purpose.authenticated === true || purpose.role === "login";
  if (isOurs && !(sent.outcome instanceof FetchError)) session?.observe(wire.url, sent.outcome);
}

/** The answer to a login may hold a token that nobody knows yet: its body is in no record at all. */
function withoutCredentials(session: AuthSession | undefined, record: FetchRecord): FetchRecord {
  if (!session) return record;
  const { requestBody, body, ...rest } = record;
  const { mask } = session;
  const isLogin = record.role === "login";
  return {
    ...rest,
    url: mask.text(record.url),
    requestHeaders: mask.headers(record.requestHeaders),
    ...(record.responseHeaders && { responseHeaders: mask.headers(record.responseHeaders) }),
    ...(record.failureDetail && { failureDetail: mask.text(record.failureDetail) }),
    ...(requestBody && { requestBody: isLogin ? new Uint8Array() : mask.body(requestBody, false) }),
    ...(body && !isLogin && { body: mask.body(body, record.truncated) }),
  };
}

function bodyLimit({ caps, storageMode }: FetcherParts, { storage = storageMode }: FetchPurpose): number {
  return storage === "full" ? caps.maxBodyBytes : Math.min(caps.maxBodyBytes, MAX_PLUGIN_BODY_BYTES);
}

/** Leave to send one request. Throws FetchError when there is none. */
export async function acquire(budget: RequestBudget, { hold, signal }: Deadline): Promise<RequestPermit> {
  const permit = await hold(() => budget.acquire(signal));
  if (permit === "exhausted") throw new FetchError("budget_exhausted", "the scan's requests are used up");
  if (permit === "unreachable")
    throw new FetchError("connect_error", "not sent: the target did not answer the requests before");
  if (permit === "cancelled") throw new FetchError("cancelled", "the request was cancelled");
  return permit;
}

/** What came of a wire request. */
interface Transmission {
  /** The one that carried it; absent when none came about. */
  connection?: Connection;
  /** The connection had carried others before. */
  isReused: boolean;
  startedAt: Date;
  elapsedMs: number;
  outcome: WireResponse | FetchError;
}

function isLostOnReuse({ isReused, outcome }: Transmission): boolean {
  return isReused && outcome instanceof UnansweredError;
}

interface Sending {
  wire: WireRequest;
  /** Over an idle connection if there is one. */
  reuse: boolean;
  maxBodyBytes: number;
  signal: AbortSignal;
}

/** Throws nothing that the target can cause, save FetchError `peer_mismatch`: then no request was sent. */
async function transmit(
  { pool }: FetcherParts,
  targets: ScopedTargets,
  { wire, reuse, maxBodyBytes, signal }: Sending,
): Promise<Transmission> {
  let carrier: Carrier = { isReused: false, ...startClock() };
  const sendOver = (connection: Connection, isReused: boolean) => {
    carrier = { connection, isReused, ...startClock() };
    return sendAndKeep(pool, connection, () => exchange(connection, wire, maxBodyBytes, signal));
  };
  const done = (outcome: WireResponse | FetchError): Transmission => {
    const { clock, ...rest } = carrier;
    return { ...rest, elapsedMs: performance.now() - clock, outcome };
  };
  try {
    if (reuse) {
      const response = await sendOverIdle(pool, targets, (connection) => sendOver(connection, true));
      if (response) return done(response);
    }
    return done(await sendOver(await pool.open(targets, signal, { handshake: wire.handshake }), false));
  } catch (error) {
    if (!(error instanceof FetchError) || error.refusal) throw error;
    return done(error);
  }
}

interface Carrier {
  connection?: Connection;
  isReused: boolean;
  startedAt: Date;
  clock: number;
}

function startClock(): Pick<Carrier, "startedAt" | "clock"> {
  return { startedAt: new Date(), clock: performance.now() };
}

/** Over an idle connection, null when none turns out to be alive. The request is written once at most. */
async function sendOverIdle(
  pool: ConnectionPool,
  targets: ScopedTargets,
  sendOver: (connection: Connection) => Promise<WireResponse>,
): Promise<WireResponse | null> {
  for (let idle = await pool.take(targets); idle; idle = await pool.take(targets)) {
    try {
      return await sendOver(idle);
    } catch (error) {
      if (!(error instanceof StaleConnectionError)) throw error;
    }
  }
  return null;
}

async function sendAndKeep(
  pool: ConnectionPool,
  connection: Connection,
  send: () => Promise<WireResponse>,
): Promise<WireResponse> {
  try {
    const response = await send();
    pool.giveBack(connection);
    return response;
  } catch (error) {
    closeConnection(connection);
    throw error;
  }
}

function recordOf(
  wire: WireRequest,
  purpose: FetchPurpose,
  { connection, startedAt, elapsedMs, outcome }: Transmission,
): FetchRecord {
  return {
    id: uuidv7(startedAt.getTime()),
    ...purpose,
    method: wire.method,
    url: hrefOf(wire.url),
    requestHeaders: wire.headers,
    ...(wire.body && { requestBody: wire.body }),
    startedAt,
    elapsedMs,
    httpVersion: "1.1",
    ...(connection && { remoteAddress: connection.target.address }),
    ...(connection?.tls && { tls: connection.tls }),
    ...(outcome instanceof FetchError ? failureFacts(outcome) : responseFacts(outcome)),
  };
}

function failureFacts({ reason, message }: FetchError) {
  return { failure: reason, failureDetail: message, truncated: false, undecoded: false };
}

function responseFacts({ status, headers, body, truncated, undecoded }: WireResponse) {
  return { status, responseHeaders: headers, body, truncated, undecoded };
}

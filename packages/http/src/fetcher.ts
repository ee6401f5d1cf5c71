import { hrefOf, type RequestBudget, type RequestPermit, type StorageMode, uuidv7 } from "@picket/core";
import {
  type Connection,
  type ConnectionLimits,
  closeConnection,
  StaleConnectionError,
} from "./connection.ts";
import type { ConnectionPool } from "./connection-pool.ts";
import type { Deadline } from "./deadline.ts";
import { exchange, type WireRequest, type WireResponse } from "./exchange.ts";
import { FetchError } from "./fetch-error.ts";
import type { FetchRecord } from "./fetch-record.ts";
import type { ScopedTargets, ScopeGate } from "./scope-gate.ts";

/** Limits of one exchange. */
export interface BrokerCaps extends ConnectionLimits {
  /** Decoded response body that is read and recorded, bytes. The plugin sees `MAX_PLUGIN_BODY_BYTES` of it. */
  maxBodyBytes: number;
}

export interface FetcherParts {
  gate: ScopeGate;
  pool: ConnectionPool;
  budget: RequestBudget;
  caps: BrokerCaps;
  onFetch(record: FetchRecord): Promise<void> | void;
}

/** For whom a wire request is made, and what led to it. */
export interface FetchPurpose {
  plugin: string;
  moduleRunId?: string;
  storage?: StorageMode;
  redirectedFrom?: string;
}

/** A response, and the id of the fetch that recorded it. */
export interface Fetched extends WireResponse {
  fetchId: string;
  elapsedMs: number;
}

/** Sends one wire request: scope, budget, connection, exchange, record. Throws FetchError when there is no response. */
export type Fetcher = (wire: WireRequest, purpose: FetchPurpose, deadline: Deadline) => Promise<Fetched>;

export function createFetcher(parts: FetcherParts): Fetcher {
  return async (wire, purpose, deadline) => {
    const targets = await parts.gate(wire.url, deadline.signal);
    const permit = await acquire(parts.budget, deadline);
    const sent = await transmit(parts, targets, wire, deadline.signal).finally(() => permit.release());
    const record = recordOf(wire, purpose, sent);
    await deadline.hold(async () => parts.onFetch(record));
    if (sent.outcome instanceof FetchError) throw Object.assign(sent.outcome, { fetchId: record.id });
    return { ...sent.outcome, fetchId: record.id, elapsedMs: record.elapsedMs };
  };
}

async function acquire(budget: RequestBudget, { hold, signal }: Deadline): Promise<RequestPermit> {
  const permit = await hold(() => budget.acquire(signal));
  if (permit === "exhausted") throw new FetchError("budget_exhausted", "the scan's requests are used up");
  if (permit === "cancelled") throw new FetchError("cancelled", "the request was cancelled");
  return permit;
}

/** What came of a wire request. */
interface Transmission {
  /** The one that carried it; absent when none came about. */
  connection?: Connection;
  startedAt: Date;
  elapsedMs: number;
  outcome: WireResponse | FetchError;
}

/** Throws nothing that the target can cause, save FetchError `peer_mismatch`: then no request was sent. */
async function transmit(
  { pool, caps }: FetcherParts,
  targets: ScopedTargets,
  wire: WireRequest,
  signal: AbortSignal,
): Promise<Transmission> {
  let carrier: { connection?: Connection; startedAt: Date; clock: number } = startClock();
  const sendOver = (connection: Connection) => {
    carrier = { connection, ...startClock() };
    return sendAndKeep(pool, connection, () => exchange(connection, wire, caps.maxBodyBytes, signal));
  };
  const done = (outcome: WireResponse | FetchError): Transmission => {
    const { clock, ...rest } = carrier;
    return { ...rest, elapsedMs: performance.now() - clock, outcome };
  };
  try {
    return done(await sendFirst(pool, targets, sendOver, signal));
  } catch (error) {
    if (!(error instanceof FetchError) || error.refusal) throw error;
    return done(error);
  }
}

function startClock(): { startedAt: Date; clock: number } {
  return { startedAt: new Date(), clock: performance.now() };
}

/** Over an idle connection if one turns out to be alive, else over a new one. The request is written once at most. */
async function sendFirst(
  pool: ConnectionPool,
  targets: ScopedTargets,
  sendOver: (connection: Connection) => Promise<WireResponse>,
  signal: AbortSignal,
): Promise<WireResponse> {
  for (let idle = await pool.take(targets); idle; idle = await pool.take(targets)) {
    try {
      return await sendOver(idle);
    } catch (error) {
      if (!(error instanceof StaleConnectionError)) throw error;
    }
  }
  return await sendOver(await pool.open(targets, signal));
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

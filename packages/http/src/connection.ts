import { once } from "node:events";
import { connect as connectSocket, isIP, type Socket } from "node:net";
import { connect as connectTls, type TLSSocket } from "node:tls";
import { type FetchFailure, originOf, type TlsHandshake, toError, tryParseIp } from "@picket/core";
import { Client } from "undici";
import { FetchError, outOfScope } from "./fetch-error.ts";
import type { TlsFacts } from "./fetch-record.ts";
import type { ScopedTarget } from "./scope-gate.ts";
import { peerOf, type TlsPeer } from "./tls/peer.ts";

export interface ConnectionLimits {
  /** For TCP, and again for TLS, ms. */
  connectTimeoutMs: number;
  /** From the request to the end of the response header, ms. Kept to within a second. */
  headersTimeoutMs: number;
  /** Between two pieces of a body, ms. Kept to within a second. */
  bodyIdleTimeoutMs: number;
  /** Response header in all, bytes; more of it is an `invalid_response`. */
  maxHeaderBytes: number;
}

/** `recorded`: a target's certificate is a fact about it. `enforced`: what we trust with a secret must prove who it is. */
export type Certificates = "recorded" | "enforced";

/** How a handshake is made where it is not made as usual. */
export interface TlsTerms {
  /** Default: `recorded`. */
  readonly certificates?: Certificates;
  /** Asked for by a plugin: its version and name, and what the peer showed is kept. */
  readonly handshake?: Pick<TlsHandshake, "version" | "serverName"> | undefined;
}

/** One socket to one approved address, carrying one request at a time. */
export interface Connection {
  readonly target: ScopedTarget;
  readonly socket: Socket;
  readonly client: Client;
  readonly tls?: TlsFacts;
  /** Only where a handshake was asked for. */
  readonly peer?: TlsPeer;
}

/** The connection had ended before the request was written: sending it over another is no repetition. */
export class StaleConnectionError extends FetchError {
  constructor() {
    super("connection_reset", "the target closed the connection before the request was written");
    this.name = "StaleConnectionError";
  }
}

/**
 * A connection ended before a byte of the response came: the target closed it, as many do with one that rests, or it
 * broke down over the request.
 */
export class UnansweredError extends FetchError {
  constructor(detail: string, cause: unknown) {
    super("connection_reset", detail, { cause });
    this.name = "UnansweredError";
  }
}

/** How long an unused connection is kept, ms: shorter than the 5 s after which Node's own server closes one. */
const IDLE_TIMEOUT_MS = 4_000;

/**
 * Connects to the target's pinned address, no name involved, and sends nothing until the peer has proved to be it.
 * Throws FetchError: `connect_error`, `tls_error`, `out_of_scope` with
 * `peer_mismatch`, or the signal's reason.
 */
export async function openConnection(
  target: ScopedTarget,
  limits: ConnectionLimits,
  signal: AbortSignal,
  terms: TlsTerms = {},
): Promise<Connection> {
  const tcp = await openSocket(target, limits, signal);
  try {
    if (target.url.scheme === "http") return connectionOn(tcp, target, limits);
    const tls = startTls(tcp, target, terms);
    tls.on("error", ignore);
    await opened(tls, "secureConnect", "tls_error", limits.connectTimeoutMs, signal);
    const peer = terms.handshake && { peer: peerOf(tls, serverNameOf(target, terms) || target.url.host) };
    return { ...connectionOn(tls, target, limits), tls: tlsFacts(tls), ...peer };
  } catch (error) {
    tcp.destroy();
    throw error;
  }
}

/** The socket alone, its peer proved. Throws FetchError as `openConnection` does. */
export async function openSocket(
  target: ScopedTarget,
  limits: ConnectionLimits,
  signal: AbortSignal,
): Promise<Socket> {
  const tcp = connectSocket({
    host: target.address,
    port: target.url.port,
    autoSelectFamily: false,
    noDelay: true,
  });
  // From here on a listener is always there; failures reach the exchange through the client's own listeners.
  tcp.on("error", ignore);
  try {
    await opened(tcp, "connect", "connect_error", limits.connectTimeoutMs, signal);
    assertPeer(tcp, target);
    return tcp;
  } catch (error) {
    tcp.destroy();
    throw error;
  }
}

/** Closes at once, whatever is under way. */
export function closeConnection({ socket, client }: Connection): void {
  socket.destroy();
  client.destroy().catch(ignore);
}

function ignore(): void {
  // Nothing to do: the error ends the socket, and whoever uses it learns of that.
}

async function opened(
  socket: Socket,
  event: "connect" | "secureConnect",
  reason: FetchFailure,
  timeoutMs: number,
  signal: AbortSignal,
): Promise<void> {
  const timeout = AbortSignal.timeout(timeoutMs);
  try {
    await once(socket, event, { signal: AbortSignal.any([signal, timeout]) });
  } catch (error) {
    signal.throwIfAborted();
    const detail = timeout.aborted ? `no answer within ${timeoutMs} ms` : toError(error).message;
    throw new FetchError(reason, detail, { cause: error });
  }
}

/**
 * The second half of pinning: what the socket reached is what scope approved. Throws `peer_mismatch`, or `connect_error`
 * when the target has broken off by now: then nobody knows the peer any more.
 */
export function assertPeer(socket: Socket, { address }: Pick<ScopedTarget, "address">): void {
  if (socket.remoteAddress === undefined)
    throw new FetchError("connect_error", "the target broke off the connection at once");
  const peer = tryParseIp(socket.remoteAddress);
  const approved = tryParseIp(address);
  if (peer && approved && peer.family === approved.family && peer.value === approved.value) return;
  throw outOfScope("peer_mismatch", `connected to ${socket.remoteAddress} instead of ${address}`);
}

function serverNameOf({ url }: ScopedTarget, { handshake }: TlsTerms): string {
  return handshake?.serverName ?? (isIP(url.host) || handshake?.serverName === null ? "" : url.host);
}

/** OpenSSL's lowest level admits TLS 1.0 and 1.1, whose signatures are by SHA-1. */
const OLD_TLS_CIPHERS = "DEFAULT:@SECLEVEL=0";

function startTls(socket: Socket, target: ScopedTarget, terms: TlsTerms): TLSSocket {
  const version = terms.handshake?.version;
  return connectTls({
    socket,
    host: target.address,
    servername: serverNameOf(target, terms),
    ALPNProtocols: ["http/1.1"],
    rejectUnauthorized: terms.certificates === "enforced",
    ...(version && { minVersion: version, maxVersion: version, ciphers: OLD_TLS_CIPHERS }),
  });
}

function tlsFacts(socket: TLSSocket): TlsFacts {
  return {
    authorized: socket.authorized,
    ...(socket.authorized ? {} : { error: String(socket.authorizationError) }),
    protocol: socket.getProtocol(),
    cipher: socket.getCipher().standardName,
  };
}

function connectionOn(socket: Socket, target: ScopedTarget, limits: ConnectionLimits): Connection {
  const client = new Client(originOf(target.url), {
    connect: handOver(socket),
    allowH2: false,
    pipelining: 1,
    maxHeaderSize: limits.maxHeaderBytes,
    headersTimeout: limits.headersTimeoutMs,
    bodyTimeout: limits.bodyIdleTimeoutMs,
    keepAliveTimeout: IDLE_TIMEOUT_MS,
    keepAliveMaxTimeout: IDLE_TIMEOUT_MS,
  });
  return { target, socket, client };
}

type Connector = Extract<NonNullable<Client.Options["connect"]>, (...args: never[]) => unknown>;

/** Gives the client its one socket. It asks again when that socket has ended, and gets none: it never dials itself. */
function handOver(socket: Socket): Connector {
  let isGiven = false;
  return (_options, callback) => {
    const isStale = isGiven || socket.destroyed;
    isGiven = true;
    // Not in the same tick: the client would overlook a socket that it gets while asking for it.
    queueMicrotask(() => (isStale ? callback(new StaleConnectionError(), null) : callback(null, socket)));
  };
}

import { isIP } from "node:net";
import {
  type Capability,
  hrefOf,
  type RequestBudget,
  type TlsConnection,
  type TlsHandshake,
  type TlsOffer,
  type TlsOfferResult,
  type WebUrl,
} from "@picket/core";
import type { ConnectionLimits } from "../connection.ts";
import { openFirst } from "../connection-pool.ts";
import type { Deadline } from "../deadline.ts";
import type { WireRequest } from "../exchange.ts";
import { FetchError } from "../fetch-error.ts";
import { acquire, type Fetched } from "../fetcher.ts";
import type { ScopeGate } from "../scope-gate.ts";
import { offerTls } from "./offer.ts";

const HTTPS_PORT = 443;

/** Throws FetchError `capability_missing`. */
export function assertMayProbe(capabilities: readonly Capability[]): void {
  if (!capabilities.includes("tls:connect"))
    throw new FetchError("capability_missing", "a TLS probe needs tls:connect");
}

/** The base URL by TLS at that port: what scope decides, and what a handshake's HEAD asks for. */
export function tlsUrl(port: number | undefined, base: WebUrl): WebUrl {
  const own = base.scheme === "https" ? base.port : HTTPS_PORT;
  return { ...base, scheme: "https", port: port ?? own, query: "" };
}

export function tlsRequest({ version, serverName }: TlsHandshake, url: WebUrl): WireRequest {
  const handshake = { ...(version && { version }), ...(serverName !== undefined && { serverName }) };
  return { url, method: "HEAD", headers: [["accept", "*/*"]], handshake };
}

/** Throws FetchError `tls_error` when the exchange was not made on a handshake of its own. */
export function tlsConnection({ fetchId, status, peer, tls }: Fetched, url: WebUrl): TlsConnection {
  if (!peer || !tls) throw new FetchError("tls_error", "no handshake was made");
  const { protocol, cipher } = tls;
  return { ok: true, fetchId, url: hrefOf(url), status, protocol, cipher, ...peer };
}

interface OfferParts {
  gate: ScopeGate;
  budget: RequestBudget;
  limits: ConnectionLimits;
}

/** Makes offers within scope and budget. The budget learns nothing of the target's health from a refused one. */
export function createOffer({ gate, budget, limits }: OfferParts) {
  return async (offer: TlsOffer, url: WebUrl, deadline: Deadline): Promise<TlsOfferResult> => {
    const targets = await gate(url, deadline.signal);
    const permit = await acquire(budget, deadline);
    const serverName = offer.serverName === undefined && !isIP(url.host) ? url.host : offer.serverName;
    const named = { ...offer, serverName: serverName ?? null };
    try {
      return await openFirst(targets, (target) => offerTls(target, named, limits, deadline.signal));
    } finally {
      permit.release({ kind: "unsent" });
    }
  };
}

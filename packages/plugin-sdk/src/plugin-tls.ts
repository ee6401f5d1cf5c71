import type {
  TlsConnectResult,
  TlsHandshake,
  TlsOffer,
  TlsOfferResult,
  TlsProbe,
  TlsResult,
} from "@picket/core";

/**
 * TLS with the target, by the broker in the worker: scope, pinned address and budget are those of a request, and each
 * probe costs one. Refused offers and certificates that do not verify are results; it never rejects.
 */
export interface PluginTls {
  /** What the target answers to an offer of one version and some suites; nothing follows it. */
  offer(offer: Omit<TlsOffer, "kind">): Promise<TlsOfferResult>;
  /** A whole handshake with its certificates. It carries a HEAD of the base URL, which is recorded. */
  handshake(terms?: Omit<TlsHandshake, "kind">): Promise<TlsConnectResult>;
}

/** Each kind of probe has its kind of result. */
export function createPluginTls(probe: (probe: TlsProbe) => Promise<TlsResult>): PluginTls {
  return {
    offer: async (offer) => (await probe({ kind: "offer", ...offer })) as TlsOfferResult,
    handshake: async (terms) => (await probe({ kind: "handshake", ...terms })) as TlsConnectResult,
  };
}

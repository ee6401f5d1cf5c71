import { z } from "zod";
import type { HttpFailure } from "./http-exchange.ts";

/** Oldest first. SSL 2 is not among them: nothing speaks it that speaks anything else. */
export const TlsVersion = z.enum(["SSLv3", "TLSv1", "TLSv1.1", "TLSv1.2", "TLSv1.3"]);
export type TlsVersion = z.infer<typeof TlsVersion>;

const Port = z.int().min(1).max(65_535);

/** Name to ask for (SNI); null: none. Absent: the target's host where it is a name. */
const ServerName = z
  .string()
  .regex(/^[A-Za-z0-9._-]{1,253}$/)
  .nullable();

/** A first message of a handshake that goes no further: what it offers is all that counts. */
const TlsOffer = z.strictObject({
  kind: z.literal("offer"),
  /** Newest that is offered; below TLS 1.3 the target may take an older one. */
  version: TlsVersion,
  /** IANA numbers of cipher suites. */
  ciphers: z.array(z.int().min(0).max(0xffff)).min(1).max(300),
  serverName: ServerName.optional(),
  /** Default: the base URL's; of an http target 443. */
  port: Port.optional(),
});

/** A whole handshake, which carries a HEAD of the base URL, so that it is an exchange like any other. */
const TlsHandshake = z.strictObject({
  kind: z.literal("handshake"),
  /** Only this one; absent: what the target chooses. OpenSSL has no SSLv3, RC4, 3DES or export suites any more. */
  version: TlsVersion.exclude(["SSLv3"]).optional(),
  serverName: ServerName.optional(),
  port: Port.optional(),
});

/** What a plugin with `tls:connect` may ask of the target. It costs the budget one request. */
export const TlsProbe = z.discriminatedUnion("kind", [TlsOffer, TlsHandshake]);
export type TlsProbe = z.infer<typeof TlsProbe>;
export type TlsOffer = z.infer<typeof TlsOffer>;
export type TlsHandshake = z.infer<typeof TlsHandshake>;

/** Refusal is an answer: `accepted: false`. */
export type TlsOfferResult =
  | { readonly ok: true; readonly accepted: true; readonly version: TlsVersion; readonly cipher: number }
  | { readonly ok: true; readonly accepted: false; readonly detail: string }
  | HttpFailure;

/** One certificate as the target sent it. */
export interface TlsCertificate {
  /** RFC 2253-like, one attribute in a line. */
  readonly subject: string;
  readonly issuer: string;
  /** As OpenSSL writes it: `DNS:a.test, IP Address:192.0.2.1`; empty when there is none. */
  readonly alternativeNames: string;
  /** ISO 8601. */
  readonly validFrom: string;
  readonly validTo: string;
  readonly keyType: string;
  /** Bits of an RSA modulus or of a curve's field; null: not known. */
  readonly keyBits: number | null;
  /** As OpenSSL names it, such as `sha256WithRSAEncryption`; null: not known. */
  readonly signature: string | null;
  /** True when it is signed by its own key. */
  readonly isSelfSigned: boolean;
}

export interface TlsConnection {
  readonly ok: true;
  /** Of the HEAD that it carried. */
  readonly fetchId: string;
  readonly url: string;
  readonly status: number;
  readonly protocol: string | null;
  /** IANA name of the suite. */
  readonly cipher: string;
  readonly alpn: string | null;
  /** Null: the chain leads to a root that this system trusts, and names the host. Else OpenSSL's reason. */
  readonly verifyError: string | null;
  /** Whether the first certificate names the host (RFC 6125, as Node checks it). */
  readonly namesHost: boolean;
  /** The target's own first, then what it sent with it. */
  readonly chain: readonly TlsCertificate[];
}

export type TlsConnectResult = TlsConnection | HttpFailure;
export type TlsResult = TlsOfferResult | TlsConnectResult;

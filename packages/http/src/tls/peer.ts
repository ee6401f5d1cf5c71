import type { X509Certificate } from "node:crypto";
import { checkServerIdentity, type TLSSocket } from "node:tls";
import type { TlsCertificate, TlsConnection } from "@picket/core";

/** Certificates of one chain that are read at most. */
const MAX_CHAIN = 10;

/** Bits of the curves that certificates use. */
const CURVE_BITS: Record<string, number> = {
  prime192v1: 192,
  secp224r1: 224,
  prime256v1: 256,
  secp256k1: 256,
  secp384r1: 384,
  secp521r1: 521,
};

function keyBits({ asymmetricKeyDetails: details }: X509Certificate["publicKey"]): number | null {
  return details?.modulusLength ?? CURVE_BITS[details?.namedCurve ?? ""] ?? null;
}

function certificateOf(certificate: X509Certificate): TlsCertificate {
  const { subject, issuer, subjectAltName, publicKey, signatureAlgorithm } = certificate;
  return {
    subject,
    issuer,
    alternativeNames: subjectAltName ?? "",
    validFrom: certificate.validFromDate.toISOString(),
    validTo: certificate.validToDate.toISOString(),
    keyType: publicKey.asymmetricKeyType ?? "unknown",
    keyBits: keyBits(publicKey),
    signature: signatureAlgorithm ?? null,
    isSelfSigned: subject === issuer && certificate.verify(publicKey),
  };
}

function chainOf(socket: TLSSocket): X509Certificate[] {
  const chain: X509Certificate[] = [];
  let next = socket.getPeerX509Certificate();
  while (
    next &&
    chain.length < MAX_CHAIN &&
    !chain.some(({ fingerprint256 }) => fingerprint256 === next?.fingerprint256)
  ) {
    chain.push(next);
    next = next.issuerCertificate;
  }
  return chain;
}

/** What a handshake showed beyond `TlsFacts`. */
export type TlsPeer = Pick<TlsConnection, "alpn" | "verifyError" | "namesHost" | "chain">;

/** Reads it from a socket whose handshake is done. `host`: the name or address that the certificate ought to name. */
export function peerOf(socket: TLSSocket, host: string): TlsPeer {
  const chain = chainOf(socket);
  const own = chain[0]?.toLegacyObject();
  return {
    alpn: socket.alpnProtocol || null,
    verifyError: socket.authorized ? null : String(socket.authorizationError),
    namesHost: own !== undefined && checkServerIdentity(host, own) === undefined,
    chain: chain.map(certificateOf),
  };
}

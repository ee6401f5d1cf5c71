import type { TlsCertificate, TlsConnection } from "@picket/core";
import type { ClaimType } from "./claims.ts";

/** What is wrong with a certificate, and what shows it. */
export interface Defect {
  readonly type: ClaimType;
  readonly shown: string;
}

const SOON_MS = 30 * 86_400_000;
const BROKEN_HASH = /(?:md2|md5|sha1)(?:with|$)|-(?:md5|sha1)$/i;

const day = (iso: string) => iso.slice(0, 10);

function validity({ validFrom, validTo }: TlsCertificate, now: number): Defect[] {
  const shown = `valid from ${day(validFrom)} to ${day(validTo)}`;
  const left = Date.parse(validTo) - now;
  if (left < 0 || Date.parse(validFrom) > now) return [{ type: "tls-certificate-expired", shown }];
  return left < SOON_MS ? [{ type: "tls-certificate-expires-soon", shown }] : [];
}

/** Why nobody vouches for it; a chain that leads to a trusted root has no such defect, whatever else it has. */
function trust({ chain, verifyError }: TlsConnection): Defect[] {
  const [own] = chain;
  if (!own || verifyError === null) return [];
  const shown =
    `subject ${own.subject}, issuer ${own.issuer}, ${chain.length} sent: ${verifyError}`.replaceAll(
      "\n",
      "/",
    );
  if (own.isSelfSigned) return [{ type: "tls-certificate-self-signed", shown }];
  if (!/UNABLE_TO|SELF_SIGNED_CERT_IN_CHAIN/.test(verifyError)) return [];
  const isAlone = chain.length === 1;
  return [{ type: isAlone ? "tls-certificate-chain-incomplete" : "tls-certificate-private-ca", shown }];
}

function strength({ keyType, keyBits }: TlsCertificate): Defect[] {
  const least = keyType.startsWith("rsa") || keyType === "dsa" ? 2048 : keyType === "ec" ? 224 : 0;
  const isShort = keyBits !== null && keyBits < least;
  return isShort ? [{ type: "tls-weak-key", shown: `${keyType}, ${keyBits} bits` }] : [];
}

/** A root's own signature is read by nobody. */
function signatures(chain: readonly TlsCertificate[]): Defect[] {
  const weak = chain.find(
    ({ signature, isSelfSigned }) => !isSelfSigned && BROKEN_HASH.test(signature ?? ""),
  );
  return weak
    ? [{ type: "tls-weak-signature", shown: `${weak.subject}: ${weak.signature}`.replaceAll("\n", "/") }]
    : [];
}

function naming({ namesHost, chain: [own] }: TlsConnection): Defect[] {
  if (namesHost || !own) return [];
  const names = own.alternativeNames || own.subject.replaceAll("\n", "/");
  return [{ type: "tls-certificate-host-mismatch", shown: `names ${names.slice(0, 500)}` }];
}

/** All that is wrong with what the target showed at `now`, ms since 1970. */
export function certificateDefects(connection: TlsConnection, now: number): Defect[] {
  const [own] = connection.chain;
  if (!own) return [];
  return [
    ...validity(own, now),
    ...naming(connection),
    ...trust(connection),
    ...strength(own),
    ...signatures(connection.chain),
  ];
}

/** Defects by which browsers keep no HSTS, whoever the issuer is (RFC 6797 §8.1). */
export function voidsHsts(defects: readonly Defect[]): boolean {
  const types = ["tls-certificate-expired", "tls-certificate-host-mismatch", "tls-certificate-self-signed"];
  return defects.some(({ type }) => types.includes(type));
}

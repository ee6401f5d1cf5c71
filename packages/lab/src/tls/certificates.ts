import { generate } from "selfsigned";

export interface KeyPair {
  readonly key: string;
  /** Its own certificate first, then what vouches for it. */
  readonly cert: string;
}

export interface CertificateTerms {
  /** What the certificate names. Default: the address of loopback. */
  readonly host?: string;
  /** Years of its first and its last day, the first of January. Default: 2025 and 2045. */
  readonly years?: readonly [number, number];
  /** RSA of 1,024 bits, signed with SHA-1. Default: P-256 with SHA-256. */
  readonly isWeak?: boolean;
  /** Default: a CA of the lab's own, whose root is sent with it. */
  readonly issuer?: "itself" | "unsent";
}

const LOOPBACK = "127.0.0.1";

const newYear = (year: number) => new Date(Date.UTC(year, 0, 1));

function strengthOf(isWeak: boolean) {
  return isWeak
    ? { keyType: "rsa" as const, keySize: 1_024, algorithm: "sha1" }
    : { keyType: "ec" as const, curve: "P-256" as const, algorithm: "sha256" };
}

async function createRoot(isWeak: boolean): Promise<KeyPair> {
  const { private: key, cert } = await generate([{ name: "commonName", value: "Camp Root CA" }], {
    ...strengthOf(isWeak),
    keySize: 2_048,
    notBeforeDate: newYear(2020),
    notAfterDate: newYear(2050),
    extensions: [
      { name: "basicConstraints", cA: true, critical: true },
      { name: "keyUsage", keyCertSign: true, cRLSign: true, critical: true },
    ],
  });
  return { key, cert };
}

/** A new key and a certificate for it, made for the lab and trusted by nobody. */
export async function createCertificate(terms: CertificateTerms = {}): Promise<KeyPair> {
  const { host = LOOPBACK, years = [2025, 2045], isWeak = false, issuer } = terms;
  const ca = issuer === "itself" ? undefined : await createRoot(isWeak);
  const name = host === LOOPBACK ? { type: 7 as const, ip: host } : { type: 2 as const, value: host };
  const { private: key, cert } = await generate([{ name: "commonName", value: host }], {
    ...strengthOf(isWeak),
    notBeforeDate: newYear(years[0]),
    notAfterDate: newYear(years[1]),
    extensions: [
      { name: "basicConstraints", cA: false, critical: true },
      { name: "subjectAltName", altNames: [name] },
    ],
    ...(ca && { ca }),
  });
  return { key, cert: ca && issuer !== "unsent" ? `${cert}\n${ca.cert}` : cert };
}

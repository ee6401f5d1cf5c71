import type { SecureContextOptions } from "node:tls";
import type { Application } from "../application.ts";
import type { ExpectedFinding } from "../expectation.ts";
import { createSite } from "../site.ts";
import { type CertificateTerms, createCertificate } from "../tls/certificates.ts";

const HSTS = "max-age=31536000; includeSubDomains";

type Expected = Pick<ExpectedFinding, "type" | "severity">;

const PRIVATE_CA: Expected = { type: "tls-certificate-private-ca", severity: "info" };
const VAIN_HSTS: Expected = { type: "hsts-without-valid-certificate", severity: "low" };
const medium = (type: string): Expected => ({ type, severity: "medium" });

interface Site {
  description: string;
  /** Of an unsound certificate OpenSSL gives one reason; that its CA is unknown is then not seen. */
  finds: readonly Expected[];
  certificate?: CertificateTerms;
  options?: SecureContextOptions;
}

function tlsSite({ description, finds, certificate, options }: Site): Application {
  return {
    description,
    expectation: {
      mustFind: finds.map((expected) => ({ ...expected, where: "/" })),
      mustNotFind: [],
      onlyTypes: finds.map(({ type }) => type),
    },
    secure: async () => ({ ...(await createCertificate(certificate)), ...options }),
    create: () =>
      createSite([{ path: "/about", body: "<p>About</p>" }], { "strict-transport-security": HSTS }),
  };
}

/** All that OpenSSL can still be made to speak; it has no SSL 3, RC4 and export suites any more. */
const OLD: SecureContextOptions = { minVersion: "TLSv1", ciphers: "ALL:eNULL:aNULL:@SECLEVEL=0" };

/** One page by TLS, as it should be and with one thing wrong at a time. */
export const TLS_SITES = {
  "tls-sound": tlsSite({
    description: "TLS as it should be, with a CA of one's own",
    finds: [PRIVATE_CA],
  }),
  "tls-expired": tlsSite({
    description: "TLS with a certificate of long ago",
    finds: [VAIN_HSTS, medium("tls-certificate-expired")],
    certificate: { years: [2020, 2021] },
  }),
  "tls-wrong-host": tlsSite({
    description: "TLS with another host's certificate",
    finds: [PRIVATE_CA, VAIN_HSTS, medium("tls-certificate-host-mismatch")],
    certificate: { host: "shop.camp.example" },
  }),
  "tls-self-signed": tlsSite({
    description: "TLS with a certificate that nobody vouches for",
    finds: [VAIN_HSTS, medium("tls-certificate-self-signed")],
    certificate: { issuer: "itself" },
  }),
  "tls-incomplete": tlsSite({
    description: "TLS with a certificate whose issuer is not sent",
    finds: [{ type: "tls-certificate-chain-incomplete", severity: "low" }],
    certificate: { issuer: "unsent" },
  }),
  "tls-old": tlsSite({
    description: "TLS 1.0 and 1.1, suites without encryption or authentication, a short key, SHA-1",
    finds: [
      medium("tls-weak-key"),
      medium("tls-weak-signature"),
      medium("tls-old-protocol"),
      medium("tls-old-protocol"),
      { type: "tls-broken-cipher", severity: "high" },
      { type: "tls-broken-cipher", severity: "high" },
    ],
    certificate: { isWeak: true },
    options: OLD,
  }),
} as const satisfies Record<string, Application>;

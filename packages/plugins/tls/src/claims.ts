import type { FindingInput } from "@picket/plugin-sdk";

type Claim = Pick<FindingInput, "title" | "description" | "severity" | "remediation" | "references" | "cwe">;

const MOZILLA = "https://wiki.mozilla.org/Security/Server_Side_TLS";
const WSTG =
  "https://owasp.org/www-project-web-security-testing-guide/latest/4-Web_Application_Security_Testing/09-Testing_for_Weak_Cryptography/01-Testing_for_Weak_Transport_Layer_Security";

const VERSIONS =
  'Offer TLS 1.2 and 1.3 only.\nnginx: ssl_protocols TLSv1.2 TLSv1.3;\nApache: SSLProtocol -all +TLSv1.2 +TLSv1.3\nNode: minVersion: "TLSv1.2"\nHAProxy: ssl-default-bind-options ssl-min-ver TLSv1.2';
const SUITES =
  "Offer suites of Mozilla's intermediate list only.\nnginx: ssl_ciphers ECDHE+AESGCM:ECDHE+CHACHA20;\nApache: SSLCipherSuite ECDHE+AESGCM:ECDHE+CHACHA20\nNode: keep the default of ciphers, never @SECLEVEL=0.";
const RENEW =
  "Renew it, and let a program do so from now on.\nnginx and Apache: certbot or acme.sh with a reload\nKubernetes: cert-manager\nInside: your CA's own renewal, watched by an alarm 30 days before the end.";
const CHAIN =
  "Send the certificate with all that lie between it and the root.\nnginx: ssl_certificate fullchain.pem;\nApache: SSLCertificateFile fullchain.pem\nNode: cert: certificate followed by the intermediates.";

export const CLAIMS = {
  "tls-sslv3": {
    title: "SSL 3 is spoken",
    description:
      "A listener in the middle can bring visitors down to SSL 3 and read cookies from it (POODLE).",
    severity: "high",
    remediation: VERSIONS,
    references: [WSTG, MOZILLA, "https://www.rfc-editor.org/rfc/rfc7568"],
    cwe: 327,
  },
  "tls-old-protocol": {
    title: "TLS 1.0 or 1.1 is spoken",
    description:
      "The version relies on SHA-1 and MD5 and is deprecated. Current browsers do not use it, so that only outdated visitors, and who attacks them, gain by it.",
    severity: "medium",
    remediation: VERSIONS,
    references: [WSTG, MOZILLA, "https://www.rfc-editor.org/rfc/rfc8996"],
    cwe: 327,
  },
  "tls-broken-cipher": {
    title: "Suites without encryption, authentication or strength are accepted",
    description: "A connection with such a suite can be read, or be made by anybody in the server's place.",
    severity: "high",
    remediation: SUITES,
    references: [MOZILLA, WSTG],
    cwe: 327,
  },
  "tls-weak-cipher": {
    title: "Weak suites are accepted",
    description: "RC4, DES and 3DES let parts of a long connection be worked out.",
    severity: "medium",
    remediation: SUITES,
    references: [WSTG, MOZILLA, "https://www.rfc-editor.org/rfc/rfc7465", "https://sweet32.info/"],
    cwe: 327,
  },
  "tls-certificate-expired": {
    title: "Certificate is not valid at this time",
    description:
      "The certificate's time is over, or has not begun. Browsers warn, and visitors learn to ignore it.",
    severity: "medium",
    remediation: RENEW,
    references: [WSTG],
    cwe: 298,
  },
  "tls-certificate-expires-soon": {
    title: "Certificate ends soon",
    description: "The certificate ends within 30 days.",
    severity: "low",
    remediation: RENEW,
    references: [WSTG],
    cwe: 298,
  },
  "tls-certificate-host-mismatch": {
    title: "Certificate names another host",
    description: "The certificate does not name the host. Browsers warn, and visitors learn to ignore it.",
    severity: "medium",
    remediation:
      "Have a certificate made whose subjectAltName lists each name that the server is reached by.",
    references: [WSTG, "https://www.rfc-editor.org/rfc/rfc9525"],
    cwe: 297,
  },
  "tls-certificate-self-signed": {
    title: "Certificate is signed by itself",
    description:
      "Nobody vouches for the certificate: visitors cannot tell it from that of a man in the middle.",
    severity: "medium",
    remediation:
      "Have it signed by a CA that visitors trust: a public one by ACME, or your own whose root their systems know.",
    references: [WSTG],
    cwe: 295,
  },
  "tls-certificate-chain-incomplete": {
    title: "Certificate comes without its issuer",
    description:
      "The server sends its own certificate only, and its issuer is no root that is known: visitors whose browser does not fetch what is missing get a warning.",
    severity: "low",
    remediation: CHAIN,
    references: [WSTG, MOZILLA],
    cwe: 295,
  },
  "tls-certificate-private-ca": {
    title: "Certificate is of a CA that is not known here",
    description:
      "The chain ends at a root that the scanner's system does not trust. For a CA of your own that is as it should be.",
    severity: "info",
    remediation:
      "Nothing, if the root is yours and the visitors' systems know it. Otherwise have the certificate signed by a CA that they trust.",
    references: [WSTG],
    cwe: 295,
  },
  "tls-weak-key": {
    title: "Key of the certificate is short",
    description: "RSA and DSA below 2,048 bits, or a curve below 224, can be broken with the means of some.",
    severity: "medium",
    remediation:
      "Make a new key, P-256 or RSA of 2,048 bits at least, and have it certified.\nopenssl genpkey -algorithm EC -pkeyopt ec_paramgen_curve:P-256",
    references: [WSTG, "https://csrc.nist.gov/pubs/sp/800/57/pt1/r5/final"],
    cwe: 326,
  },
  "tls-weak-signature": {
    title: "Certificate is signed by a broken hash",
    description:
      "A certificate of the chain, other than the root, is signed with MD5 or SHA-1, of which collisions can be made.",
    severity: "medium",
    remediation: "Have it issued anew with SHA-256.",
    references: [WSTG, "https://shattered.io/"],
    cwe: 328,
  },
  "hsts-without-valid-certificate": {
    title: "HSTS is sent but cannot take hold",
    description:
      "Browsers ignore Strict-Transport-Security of a connection whose certificate is expired, names another host, or is signed by itself.",
    severity: "low",
    remediation: "Mend the certificate first.",
    references: [WSTG, "https://www.rfc-editor.org/rfc/rfc6797#section-8.1"],
    cwe: 319,
  },
  "http-not-redirected": {
    title: "Plain HTTP is answered without a redirect to HTTPS",
    description:
      "Whoever types the name without https stays on a connection that everyone on the way can read and change.",
    severity: "medium",
    remediation:
      "nginx: server { listen 80; return 301 https://$host$request_uri; }\nApache: Redirect permanent / https://example.com/\nExpress: if (!request.secure) response.redirect(301, …)\nand Strict-Transport-Security on HTTPS.",
    references: [WSTG],
    cwe: 319,
  },
} satisfies Record<string, Claim>;

export type ClaimType = keyof typeof CLAIMS;

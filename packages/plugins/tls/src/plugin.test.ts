import { describe, expect, it } from "@jest/globals";
import type { TlsCertificate, TlsConnection, TlsProbe, TlsResult, TlsVersion } from "@picket/core";
import { testPlugin } from "@picket/plugin-sdk/testing";
import { plugin } from "./plugin.ts";

/** Scans of a test start on 1 January 2026. */
const CERTIFICATE: TlsCertificate = {
  subject: "CN=shop.test",
  issuer: "CN=CA",
  alternativeNames: "DNS:shop.test",
  validFrom: "2025-06-01T00:00:00.000Z",
  validTo: "2026-06-01T00:00:00.000Z",
  keyType: "rsa",
  keyBits: 2048,
  signature: "sha256WithRSAEncryption",
  isSelfSigned: false,
};
const ROOT = { ...CERTIFICATE, subject: "CN=CA", signature: "sha1WithRSAEncryption", isSelfSigned: true };

const CONNECTION: TlsConnection = {
  ok: true,
  fetchId: "00000000-0000-7000-8000-000000000009",
  url: "https://shop.test/",
  status: 200,
  protocol: "TLSv1.3",
  cipher: "TLS_AES_256_GCM_SHA384",
  alpn: "http/1.1",
  verifyError: null,
  namesHost: true,
  chain: [CERTIFICATE, ROOT],
};

interface Server {
  connection?: Partial<TlsConnection>;
  own?: Partial<TlsCertificate>;
  versions?: readonly TlsVersion[];
  /** Besides what any server takes. */
  suites?: readonly number[];
  http?: Record<string, string> | null;
  hsts?: string;
}

function answerOf({ connection = {}, own = {}, versions = ["TLSv1.2", "TLSv1.3"], suites = [] }: Server) {
  const chain = connection.chain ?? [{ ...CERTIFICATE, ...own }, ROOT];
  return (probe: TlsProbe): TlsResult => {
    if (probe.kind === "handshake")
      return { ...CONNECTION, ...connection, chain, protocol: probe.version ?? "TLSv1.3" };
    const cipher = probe.ciphers.find((suite) => [0xc02f, 0x1301, ...suites].includes(suite));
    const version = versions.includes(probe.version) ? probe.version : null;
    if (cipher === undefined || version === null) return { ok: true, accepted: false, detail: "alert 40" };
    return { ok: true, accepted: true, version, cipher };
  };
}

async function found(server: Server): Promise<string[]> {
  const { of } = await testPlugin(plugin, {
    baseUrl: "https://shop.test/",
    probeTls: answerOf(server),
    respond: ({ url }) => {
      if (url.startsWith("https:"))
        return { headers: server.hsts ? { "strict-transport-security": server.hsts } : {} };
      return server.http
        ? { status: 301, headers: server.http }
        : { ok: false, reason: "out_of_scope", detail: "port 80" };
    },
  });
  return of("finding").map(({ type, rootCause }) => `${type} ${rootCause.key}`.trim());
}

describe("tls", () => {
  it.each<[string, Server, string[]]>([
    ["is as it should be", {}, []],
    ["speaks SSL 3", { versions: ["SSLv3", "TLSv1.2"] }, ["tls-sslv3 SSLv3"]],
    [
      "speaks TLS 1.0 and 1.1",
      { versions: ["TLSv1", "TLSv1.1", "TLSv1.2"] },
      ["tls-old-protocol TLSv1", "tls-old-protocol TLSv1.1"],
    ],
    ["takes NULL suites", { suites: [0x003b] }, ["tls-broken-cipher no encryption"]],
    ["takes anonymous suites", { suites: [0x0034] }, ["tls-broken-cipher no authentication"]],
    ["takes 3DES", { suites: [0x000a] }, ["tls-weak-cipher DES or 3DES"]],
    ["takes RC4", { suites: [0x0005] }, ["tls-weak-cipher RC4"]],
    [
      "has an expired certificate",
      { own: { validTo: "2025-12-31T00:00:00.000Z" } },
      ["tls-certificate-expired"],
    ],
    ["has one of tomorrow", { own: { validFrom: "2026-01-02T00:00:00.000Z" } }, ["tls-certificate-expired"]],
    [
      "has one that ends in a week",
      { own: { validTo: "2026-01-08T00:00:00.000Z" } },
      ["tls-certificate-expires-soon"],
    ],
    ["has one that ends in 31 days", { own: { validTo: "2026-02-01T00:00:00.000Z" } }, []],
    ["has that of another host", { connection: { namesHost: false } }, ["tls-certificate-host-mismatch"]],
    [
      "signs its own, and sends HSTS all the same",
      { connection: { verifyError: "DEPTH_ZERO_SELF_SIGNED_CERT", chain: [ROOT] }, hsts: "max-age=31536000" },
      ["tls-certificate-self-signed", "hsts-without-valid-certificate"],
    ],
    [
      "forgets the intermediate",
      { connection: { verifyError: "UNABLE_TO_VERIFY_LEAF_SIGNATURE", chain: [CERTIFICATE] } },
      ["tls-certificate-chain-incomplete"],
    ],
    [
      "has a CA of its own",
      { connection: { verifyError: "SELF_SIGNED_CERT_IN_CHAIN" }, hsts: "max-age=31536000" },
      ["tls-certificate-private-ca"],
    ],
    ["has a short key", { own: { keyBits: 1024 } }, ["tls-weak-key"]],
    ["has a curve of 256 bits", { own: { keyType: "ec", keyBits: 256 } }, []],
    ["is signed with SHA-1", { own: { signature: "sha1WithRSAEncryption" } }, ["tls-weak-signature"]],
    ["is signed with ECDSA and SHA-1", { own: { signature: "ecdsa-with-SHA1" } }, ["tls-weak-signature"]],
    ["redirects http to https", { http: { location: "https://shop.test/" } }, []],
    ["redirects http to http", { http: { location: "/home" } }, ["http-not-redirected"]],
  ])("judges a server that %s", async (_what, server, expected) => {
    expect(await found(server)).toEqual(expected);
  });

  it("proves an old version by an exchange over it", async () => {
    const { of } = await testPlugin(plugin, {
      baseUrl: "https://shop.test/",
      probeTls: answerOf({ versions: ["TLSv1", "TLSv1.2"] }),
    });
    expect(of("evidence")).toMatchObject([
      {
        fetchId: CONNECTION.fetchId,
        snippet: expect.stringContaining("HEAD over TLSv1,"),
        location: { part: "tls" },
      },
      { snippet: "the target took TLSv1 with suite 0xc02f" },
    ]);
  });

  it("sees what a server offers that today's clients cannot speak with", async () => {
    const server = answerOf({ versions: ["TLSv1"] });
    const probeTls = (probe: TlsProbe): TlsResult =>
      probe.kind === "handshake" ? { ok: false, reason: "tls_error", detail: "alert 70" } : server(probe);
    const { of } = await testPlugin(plugin, { baseUrl: "https://shop.test/", probeTls });
    expect(of("finding").map(({ type, rootCause }) => `${type} ${rootCause.key}`)).toEqual([
      "tls-old-protocol TLSv1",
    ]);
  });

  it("says so when the target speaks no TLS", async () => {
    const { events, logs } = await testPlugin(plugin, { baseUrl: "https://shop.test/" });
    expect(events).toEqual([]);
    expect(logs).toMatchObject([{ level: "warn", fields: { reason: "tls_error" } }]);
  });
});

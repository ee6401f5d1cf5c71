import { once } from "node:events";
import { createServer } from "node:https";
import type { AddressInfo } from "node:net";
import { afterEach, beforeAll, describe, expect, it } from "@jest/globals";
import type { Capability, TlsProbe, TlsVersion } from "@picket/core";
import { generate } from "selfsigned";
import { closeServers, startCanary, startRawServer, startServer, startTlsServer } from "./target-servers.ts";
import { closeBrokers, type TestBroker, testBroker } from "./test-broker.ts";

const SUITES = [0xc02f, 0xc030, 0xc013, 0xc014, 0x002f, 0x0035];
const TLS13 = [0x1301, 0x1302, 0x1303];
const OLD = { minVersion: "TLSv1", ciphers: "ALL:eNULL:@SECLEVEL=0" } as const;

let certificate: { key: string; cert: string };

beforeAll(async () => {
  const { private: key, cert } = await generate([{ name: "commonName", value: "app.localhost" }]);
  certificate = { key, cert };
});

afterEach(async () => {
  closeBrokers();
  await closeServers();
});

function probe({ broker }: TestBroker, asked: TlsProbe, capabilities: Capability[] = ["tls:connect"]) {
  return broker.probeTls(asked, { plugin: "tls", capabilities, signal: new AbortController().signal });
}

const offer = (version: TlsVersion, ciphers: number[]): TlsProbe => ({ kind: "offer", version, ciphers });

function startTarget(options = {}) {
  return startTlsServer({ ...certificate, ...options }, (_request, response) => response.end("hello"));
}

describe("an offer", () => {
  it.each<[TlsVersion, number[], object, TlsVersion | null]>([
    ["TLSv1.3", TLS13, {}, "TLSv1.3"],
    ["TLSv1.2", SUITES, {}, "TLSv1.2"],
    ["TLSv1.1", SUITES, {}, null],
    ["TLSv1", SUITES, OLD, "TLSv1"],
    ["TLSv1.1", SUITES, OLD, "TLSv1.1"],
    ["TLSv1.3", TLS13, { maxVersion: "TLSv1.2" }, null],
    ["SSLv3", SUITES, OLD, null],
    ["TLSv1.2", [0x003b, 0x0002], {}, null],
    ["TLSv1.2", [0x003b, 0x0002], OLD, "TLSv1.2"],
    ["TLSv1.2", [0x0005, 0x000a], OLD, null],
  ])("of %s with %j to a server with %j is taken as %s", async (version, ciphers, options, taken) => {
    const server = await startTarget(options);
    const test = testBroker(server.origin);
    const answer = await probe(test, offer(version, ciphers));
    expect(answer).toMatchObject(
      taken ? { ok: true, accepted: true, version: taken } : { ok: true, accepted: false },
    );
    if (answer.ok && "accepted" in answer && answer.accepted) expect(ciphers).toContain(answer.cipher);
    expect(test.permits).toEqual({ taken: 1, held: 0 });
    expect(test.records).toEqual([]);
  });

  it("stays on the target's host, and within scope's ports", async () => {
    const server = await startTarget();
    const canary = await startCanary();
    const test = testBroker(server.origin);
    const refused = await probe(test, { ...offer("TLSv1.2", SUITES), port: canary.port });
    expect(refused).toMatchObject({ ok: false, reason: "out_of_scope" });
    expect(test.permits.taken).toBe(0);
    expect(canary.connections).toEqual([]);
  });

  it("needs tls:connect", async () => {
    const server = await startTarget();
    const refused = await probe(testBroker(server.origin), offer("TLSv1.2", SUITES), ["http:intrusive"]);
    expect(refused).toMatchObject({ ok: false, reason: "capability_missing" });
    expect(server.connections).toEqual([]);
  });

  it("is a refusal when the target hangs up, and a failure when it is no TLS or says nothing", async () => {
    const plain = await startServer((_request, response) => response.end());
    const https = (origin: string) => origin.replace("http:", "https:");
    expect(await probe(testBroker(https(plain.origin)), offer("TLSv1.2", SUITES))).toMatchObject({
      ok: false,
      reason: "tls_error",
    });
    const dropping = await startRawServer((socket) => socket.once("data", () => socket.destroy()));
    expect(await probe(testBroker(https(dropping.origin)), offer("TLSv1.2", SUITES))).toMatchObject({
      ok: true,
      accepted: false,
    });
    const silent = await startRawServer(() => undefined);
    const impatient = testBroker(https(silent.origin), { caps: { connectTimeoutMs: 200 } });
    expect(await probe(impatient, offer("TLSv1.2", SUITES))).toMatchObject({
      ok: false,
      reason: "timed_out",
    });
    expect(impatient.permits.held).toBe(0);
  });
});

describe("a handshake", () => {
  it("gives the certificate, that of a private CA or none alike, and records its HEAD", async () => {
    const server = await startTarget();
    const test = testBroker(`https://app.localhost:${server.port}/`, { resolver: async () => ["127.0.0.1"] });
    const shown = await probe(test, { kind: "handshake" });
    expect(shown).toMatchObject({
      ok: true,
      status: 200,
      protocol: "TLSv1.3",
      alpn: "http/1.1",
      verifyError: "DEPTH_ZERO_SELF_SIGNED_CERT",
      namesHost: expect.any(Boolean),
      chain: [{ subject: "CN=app.localhost", keyType: "rsa", keyBits: 2048, isSelfSigned: true }],
    });
    expect(test.records).toMatchObject([{ method: "HEAD", status: 200, tls: { protocol: "TLSv1.3" } }]);
    expect(test.permits).toEqual({ taken: 1, held: 0 });
  });

  it("speaks the version it is told, over a connection that nobody else gets", async () => {
    const server = await startTarget(OLD);
    const test = testBroker(server.origin);
    expect(await probe(test, { kind: "handshake", version: "TLSv1" })).toMatchObject({
      ok: true,
      protocol: "TLSv1",
    });
    await test.send("/");
    expect(test.records.map(({ tls }) => tls?.protocol)).toEqual(["TLSv1", "TLSv1.3"]);
  });

  it("asks for the name it is told", async () => {
    const names: unknown[] = [];
    const server = createServer({
      ...certificate,
      SNICallback(name, done) {
        names.push(name);
        done(null);
      },
    });
    server.on("request", (_request, response) => response.end());
    server.listen(0, "127.0.0.1");
    await once(server, "listening");
    const { port } = server.address() as AddressInfo;
    await probe(testBroker(`https://127.0.0.1:${port}/`), { kind: "handshake", serverName: "other.example" });
    expect(names).toEqual(["other.example"]);
    server.closeAllConnections();
    server.close();
  });

  it("that fails is a result", async () => {
    const server = await startTarget({ minVersion: "TLSv1.2" });
    const refused = await probe(testBroker(server.origin), { kind: "handshake", version: "TLSv1.1" });
    expect(refused).toMatchObject({ ok: false, reason: "tls_error" });
  });
});

import type { TLSSocket } from "node:tls";
import { afterEach, beforeAll, describe, expect, it } from "@jest/globals";
import { parseWebUrl } from "@picket/core";
import { generate } from "selfsigned";
import { DEFAULT_CAPS } from "../src/broker.ts";
import { openConnection } from "../src/connection.ts";
import type { ScopedTarget } from "../src/scope-gate.ts";
import {
  closeServers,
  startRawServer,
  startServer,
  startTlsServer,
  type TestServer,
} from "./target-servers.ts";
import { closeBrokers, outcomeOf, testBroker, textOf } from "./test-broker.ts";

let certificate: { key: string; cert: string };

beforeAll(async () => {
  const { private: key, cert } = await generate([{ name: "commonName", value: "app.localhost" }]);
  certificate = { key, cert };
});

afterEach(async () => {
  closeBrokers();
  await closeServers();
});

/** Answers with the server name the client asked for. */
function startTarget(): Promise<TestServer> {
  return startTlsServer(certificate, (request, response) => {
    const { servername } = request.socket as TLSSocket;
    response.end(JSON.stringify({ servername, host: request.headers.host }));
  });
}

describe("TLS", () => {
  it("takes a self-signed certificate and records what it was", async () => {
    const server = await startTarget();
    const { send, records } = testBroker(server.origin);
    expect(outcomeOf(await send("/"))).toBe("200");
    expect(records[0]?.tls).toEqual({
      authorized: false,
      error: "DEPTH_ZERO_SELF_SIGNED_CERT",
      protocol: "TLSv1.3",
      cipher: expect.stringMatching(/^TLS_/),
    });
    expect((await send("/")).ok && records[1]?.tls).toEqual(records[0]?.tls);
    expect(server.connections).toHaveLength(1);
  });

  it("asks for the name at the pinned address, and for none when the host is an address", async () => {
    const server = await startTarget();
    const named = testBroker(`https://app.localhost:${server.port}/`, {
      resolver: async () => ["127.0.0.1"],
    });
    expect(JSON.parse(textOf(await named.send("/")))).toEqual({
      servername: "app.localhost",
      host: `app.localhost:${server.port}`,
    });
    const literal = testBroker(server.origin);
    expect(JSON.parse(textOf(await literal.send("/")))).toEqual({
      servername: false,
      host: `127.0.0.1:${server.port}`,
    });
  });

  it("spoken to a server without it is a tls_error", async () => {
    const plain = await startServer((_request, response) => response.end());
    const { send, records } = testBroker(plain.origin.replace("http:", "https:"));
    expect(outcomeOf(await send("/"))).toBe("tls_error");
    expect(records[0]?.failure).toBe("tls_error");
    const dropping = await startRawServer((socket) => socket.once("data", () => socket.destroy()));
    expect(outcomeOf(await testBroker(dropping.origin.replace("http:", "https:")).send("/"))).toBe(
      "tls_error",
    );
  });

  it("is cancelled in the middle of a handshake", async () => {
    const silent = await startRawServer(() => undefined);
    const controller = new AbortController();
    setTimeout(() => controller.abort(), 50);
    const { send } = testBroker(silent.origin.replace("http:", "https:"));
    expect(outcomeOf(await send("/", { signal: controller.signal }))).toBe("cancelled");
    const [socket] = silent.connections;
    if (!socket?.destroyed) await new Promise((resolve) => socket?.once("close", resolve));
  });

  it("carries neither plugin headers nor a body on to http", async () => {
    const plain = await startServer((request, response) => response.end(JSON.stringify(request.headers)));
    const secure = await startTlsServer(certificate, (_request, response) =>
      response.writeHead(307, { location: `${plain.origin}/` }).end("stay"),
    );
    const ports = [plain, secure].map(({ port }) => String(port));
    const { send } = testBroker(secure.origin, { rules: [{ pattern: "127.0.0.1", ports }] });
    const headers: [string, string][] = [["authorization", "secret"]];
    const downgraded = textOf(await send({ url: "/", headers }));
    expect(JSON.parse(downgraded)).toHaveProperty("host", new URL(plain.origin).host);
    expect(downgraded).not.toContain("secret");

    const withBody = await send({ method: "POST", url: "/", headers, body: "password=secret" });
    expect(withBody).toMatchObject({ ok: true, status: 307 });
    expect(textOf(withBody)).toBe("stay");
    expect(plain.connections).toHaveLength(1);
  });
});

describe("the connection", () => {
  it("is given up before a byte is sent when the peer is not the approved address", async () => {
    const server = await startRawServer(() => undefined);
    // To Linux 0.0.0.0 is this machine, so the peer turns out to be another address. Scope never approves it.
    const target = {
      url: parseWebUrl(`http://app.example:${server.port}/`),
      address: "0.0.0.0",
    } as ScopedTarget;
    await expect(openConnection(target, DEFAULT_CAPS, new AbortController().signal)).rejects.toMatchObject({
      reason: "out_of_scope",
      refusal: "peer_mismatch",
    });
    const [socket] = server.connections;
    if (!socket?.destroyed) await new Promise((resolve) => socket?.once("close", resolve));
    expect(socket?.bytesRead).toBe(0);
  });
});

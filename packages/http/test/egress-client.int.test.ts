import { afterEach, describe, expect, it } from "@jest/globals";
import type { ScopeRule } from "@picket/core";
import { generate } from "selfsigned";
import { createEgressClient, type EgressOptions } from "../src/index.ts";
import {
  closeServers,
  startCanary,
  startRawServer,
  startServer,
  startTlsServer,
  type TestServer,
} from "./target-servers.ts";

afterEach(closeServers);

function opening({ origin, port }: TestServer): ScopeRule {
  return { pattern: new URL(origin).hostname, ports: [String(port)] };
}

function clientFor(rules: ScopeRule[], options: Partial<EgressOptions> = {}) {
  return createEgressClient({ rules, platform: [], ...options });
}

describe("the egress client of integrations", () => {
  it("reaches every host on its allowlist, with method, headers and body", async () => {
    const echo = (request: { headers: object }) => JSON.stringify(request.headers);
    const first = await startServer((request, response) => response.end(echo(request)));
    const second = await startServer((_request, response) => response.writeHead(204).end());
    const client = clientFor([opening(first), opening(second)]);
    const answer = await client.send({
      method: "POST",
      url: `${first.origin}/hook`,
      headers: [["x-signature", "abc"]],
      body: "{}",
    });
    expect(JSON.parse(new TextDecoder().decode(answer.body))).toMatchObject({
      "x-signature": "abc",
      "content-length": "2",
    });
    expect(await client.send({ method: "GET", url: second.origin })).toMatchObject({ status: 204 });
  });

  it("reaches nothing that no rule covers, nothing denied and nothing of the platform", async () => {
    const canary = await startCanary();
    const own = await startServer((_request, response) => response.end());
    const wide = [
      { pattern: "0.0.0.0/0", ports: ["*"] },
      { pattern: "::/0", ports: ["*"] },
    ];
    const cases: [ScopeRule[], Partial<EgressOptions>, string, string][] = [
      [[], {}, `${canary.origin}/`, "no_scope_entry"],
      [wide, {}, `${canary.origin}/`, "denied_address"],
      [wide, { resolver: async () => ["127.0.0.1"] }, `http://hook.test:${canary.port}/`, "denied_address"],
      [
        wide,
        { resolver: async () => ["10.0.0.1", "::1"] },
        `http://hook.test:${canary.port}/`,
        "mixed_addresses",
      ],
      [wide, {}, "http://169.254.169.254/latest/", "denied_address"],
      [wide, {}, "http://metadata.google.internal/", "denied_address"],
      [
        [opening(own)],
        { platform: [{ host: "127.0.0.1", port: own.port }] },
        `${own.origin}/`,
        "denied_address",
      ],
    ];
    for (const [rules, options, url, refusal] of cases) {
      const sent = clientFor(rules, options).send({ method: "POST", url });
      await expect(sent).rejects.toMatchObject({ code: "OUT_OF_SCOPE", details: { refusal } });
    }
    expect([...canary.connections, ...own.connections]).toHaveLength(0);
  });

  it("follows no redirect", async () => {
    const canary = await startCanary();
    const server = await startServer((_request, response) =>
      response.writeHead(307, { location: canary.origin }).end(),
    );
    const client = clientFor([opening(server), opening(canary)]);
    expect(await client.send({ method: "POST", url: server.origin, body: "x" })).toMatchObject({
      status: 307,
    });
    expect(canary.connections).toHaveLength(0);
  });

  it("gives no secret to a server whose certificate does not prove who it is", async () => {
    const { private: key, cert } = await generate([{ name: "commonName", value: "hook.localhost" }]);
    let requests = 0;
    const server = await startTlsServer({ key, cert }, (_request, response) => {
      requests += 1;
      response.end();
    });
    const sent = clientFor([opening(server)]).send({ method: "POST", url: server.origin, body: "secret" });
    await expect(sent).rejects.toMatchObject({
      code: "TARGET_UNREACHABLE",
      details: { reason: "tls_error" },
    });
    expect(requests).toBe(0);
  });

  it("ends on time, caps what it reads, and names no path in its errors", async () => {
    const silent = await startRawServer(() => undefined);
    const endless = await startServer((_request, response) => {
      const timer = setInterval(() => response.write(Buffer.alloc(500_000)), 1);
      response.on("close", () => clearInterval(timer));
    });
    const client = clientFor([opening(silent), opening(endless)]);
    const late = client.send({ method: "GET", url: `${silent.origin}/services/T0/secret`, timeoutMs: 200 });
    await expect(late).rejects.toMatchObject({
      code: "TARGET_UNREACHABLE",
      details: { reason: "timed_out" },
    });
    await expect(late).rejects.not.toMatchObject({ message: expect.stringContaining("secret") });
    const refused = client.send({ method: "GET", url: "http://elsewhere.test/secret" });
    await expect(refused).rejects.not.toMatchObject({ message: expect.stringContaining("secret") });
    const unreadable = client.send({ method: "GET", url: "http://user:secret@elsewhere.test/" });
    await expect(unreadable).rejects.not.toMatchObject({ message: expect.stringContaining("secret") });

    const cut = await client.send({ method: "GET", url: endless.origin });
    expect([cut.truncated, cut.body.length]).toEqual([true, 1024 * 1024]);
  });

  it("stops when its caller does", async () => {
    const silent = await startRawServer(() => undefined);
    const controller = new AbortController();
    const sent = clientFor([opening(silent)]).send({
      method: "GET",
      url: silent.origin,
      signal: controller.signal,
    });
    controller.abort(new Error("enough"));
    await expect(sent).rejects.toThrow("enough");
  });
});

import type { RequestListener } from "node:http";
import { afterEach, describe, expect, it } from "@jest/globals";
import { closeServers, startCanary, startServer } from "./target-servers.ts";
import { closeBrokers, outcomeOf, testBroker, textOf } from "./test-broker.ts";

afterEach(async () => {
  closeBrokers();
  await closeServers();
});

/** `/to?status=302&location=…` redirects, everything else echoes the request. */
const redirector: RequestListener = (request, response) => {
  const url = new URL(request.url ?? "", "http://target/");
  if (url.pathname === "/to") {
    const location = url.searchParams.get("location") ?? "";
    response.writeHead(Number(url.searchParams.get("status") ?? 302), { location }).end("moved");
    return;
  }
  const chunks: Buffer[] = [];
  request.on("data", (chunk: Buffer) => chunks.push(chunk));
  request.on("end", () => {
    const { method, headers } = request;
    response.end(
      JSON.stringify({ method, path: request.url, headers, body: Buffer.concat(chunks).toString() }),
    );
  });
};

function to(location: string, status = 302): string {
  return `/to?status=${status}&location=${encodeURIComponent(location)}`;
}

describe("redirects", () => {
  it("are followed hop by hop, each one recorded, budgeted and linked", async () => {
    const server = await startServer(redirector);
    const { send, records, permits, broker } = testBroker(server.origin);
    const start = to(to("/end", 307), 301);
    const result = await send(start);
    expect(result).toMatchObject({ ok: true, status: 200, url: `${server.origin}/end` });
    expect(records.map(({ id, redirectedFrom, status }) => ({ id, redirectedFrom, status }))).toEqual([
      { id: expect.any(String), redirectedFrom: undefined, status: 301 },
      { id: expect.any(String), redirectedFrom: records[0]?.id, status: 307 },
      { id: expect.any(String), redirectedFrom: records[1]?.id, status: 200 },
    ]);
    expect(result.ok && result.via).toEqual(
      records.slice(0, 2).map(({ id, url, status }) => ({ fetchId: id, url, status })),
    );
    expect(result.ok && result.fetchId).toBe(records[2]?.id);
    expect(permits).toEqual({ taken: 3, held: 0 });
    expect(broker.counters().responses).toBe(3);
  });

  it("are returned as they are when none may be followed", async () => {
    const server = await startServer(redirector);
    const result = await testBroker(server.origin).send({
      url: to("http://elsewhere.example/"),
      maxRedirects: 0,
    });
    expect(result).toMatchObject({ ok: true, status: 302, via: [] });
    expect(textOf(result)).toBe("moved");
  });

  it("end a loop as too_many_redirects after exactly the redirects allowed", async () => {
    const server = await startServer((request, response) =>
      response.writeHead(302, { location: request.url === "/a" ? "/b" : "/a" }).end(),
    );
    const { send, records } = testBroker(server.origin);
    const result = await send({ url: "/a", maxRedirects: 3 });
    expect(result).toMatchObject({ ok: false, reason: "too_many_redirects", fetchId: records[3]?.id });
    expect(records).toHaveLength(4);
  });

  it("may use up exactly the redirects allowed", async () => {
    const server = await startServer(redirector);
    const { send } = testBroker(server.origin);
    expect(outcomeOf(await send({ url: to(to("/end")), maxRedirects: 2 }))).toBe("200");
    expect(outcomeOf(await send({ url: to(to("/end")), maxRedirects: 1 }))).toBe("too_many_redirects");
  });

  it("never leave scope", async () => {
    const server = await startServer(redirector);
    const canary = await startCanary();
    const onIpv6 = await startCanary("::1", canary.port);
    const { host } = new URL(server.origin);
    const locations: [string, string][] = [
      [`http://localhost:${canary.port}/`, "other_host"],
      [`http://127.0.0.1:${canary.port}/`, "no_scope_entry"],
      [`https://127.0.0.1:${canary.port}/`, "no_scope_entry"],
      [`http://[::1]:${canary.port}/`, "other_host"],
      [`http://2130706433:${canary.port}/`, "no_scope_entry"],
      [`//127.0.0.1:${canary.port}/`, "no_scope_entry"],
      [`\\\\127.0.0.1:${canary.port}\\`, "no_scope_entry"],
      [`/\\127.0.0.1:${canary.port}/`, "no_scope_entry"],
      [`http://${host}@127.0.0.1:${canary.port}/`, "not_a_web_url"],
      ["http://169.254.169.254/latest/meta-data/", "other_host"],
      ["http://metadata.google.internal/", "denied_address"],
      ["unix:/var/run/docker.sock", "not_a_web_url"],
      ["file:///etc/passwd", "not_a_web_url"],
      ["data:text/html,x", "not_a_web_url"],
      ["javascript:alert(1)", "not_a_web_url"],
      ["http://127.0.0.1:0/", "not_a_web_url"],
    ];
    const { send, records } = testBroker(server.origin);
    for (const status of [301, 302, 303, 307, 308]) {
      for (const [location, refusal] of locations) {
        const result = await send(to(location, status));
        expect({ location, outcome: outcomeOf(result) }).toEqual({ location, outcome: refusal });
        expect(result).toMatchObject({ fetchId: records.at(-1)?.id });
      }
    }
    expect(records).toHaveLength(5 * locations.length);
    expect([...canary.connections, ...onIpv6.connections]).toHaveLength(0);
  });

  it.each([
    [301, "POST", "GET"],
    [302, "POST", "GET"],
    [303, "POST", "GET"],
    [303, "PUT", "GET"],
    [301, "PUT", "PUT"],
    [307, "POST", "POST"],
    [308, "POST", "POST"],
    [303, "HEAD", "HEAD"],
  ])("after %d a %s is a %s", async (status, method, expected) => {
    const server = await startServer(redirector);
    const { send, records } = testBroker(server.origin);
    const body = method === "HEAD" ? undefined : "a=1";
    await send({
      method,
      url: to("/end", status),
      headers: [["content-type", "x/y"]],
      ...(body && { body }),
    });
    const last = records.at(-1);
    expect(last?.method).toBe(expected);
    expect(last?.requestBody?.length ?? 0).toBe(expected === method && body ? 3 : 0);
    const names = last?.requestHeaders.map(([name]) => name);
    expect(names?.includes("content-type")).toBe(expected === method);
  });

  it("carry the plugin's headers within an origin, and only accept* across origins", async () => {
    const first = await startServer(redirector);
    const second = await startServer(redirector);
    const ports = [first, second].map(({ port }) => String(port));
    const { send } = testBroker(first.origin, {
      rules: [{ pattern: "127.0.0.1", ports }],
      requestHeaders: [["user-agent", "Picket/test"]],
    });
    const headers: [string, string][] = [
      ["Authorization", "Bearer secret"],
      ["Cookie", "session=secret"],
      ["X-Api-Key", "secret"],
      ["Accept-Language", "de"],
    ];
    const within = JSON.parse(textOf(await send({ url: to("/end"), headers })));
    expect(within.headers).toMatchObject({
      authorization: "Bearer secret",
      cookie: "session=secret",
      "x-api-key": "secret",
    });

    const across = JSON.parse(textOf(await send({ url: to(`${second.origin}/end`), headers })));
    expect(JSON.stringify(across)).not.toContain("secret");
    expect(across.headers).toMatchObject({ "accept-language": "de", "user-agent": "Picket/test" });
  });

  it("resolve a location in UTF-8 and drop its fragment", async () => {
    const server = await startServer((request, response) => {
      if (request.url === "/")
        response.writeHead(302, { location: Buffer.from("/é?x#y").toString("latin1") }).end();
      else response.end(request.url);
    });
    expect(textOf(await testBroker(server.origin).send("/"))).toBe("/%C3%A9?x");
  });
});

import { afterEach, describe, expect, it } from "@jest/globals";
import { AppError, type Problem } from "@picket/core";
import { z } from "zod";
import { createServiceClient, type ServerEvent } from "../src/index.ts";
import { closeServers, startRawServer, startServer } from "./target-servers.ts";

afterEach(closeServers);

const notFound: Problem = {
  type: "urn:picket:problem:not-found",
  title: "Not found",
  status: 404,
  detail: "no scan s9",
  code: "NOT_FOUND",
  errorId: "e1",
};

const Scan = z.object({ id: z.string() });

async function errorOf(promise: Promise<unknown>): Promise<AppError> {
  const error = await promise.then(
    () => undefined,
    (thrown: unknown) => thrown,
  );
  expect(error).toBeInstanceOf(AppError);
  return error as AppError;
}

describe("a call", () => {
  it("sends method, path, query, JSON, token and headers, and gives back the parsed answer", async () => {
    const seen: unknown[] = [];
    const server = await startServer((request, response) => {
      const chunks: Buffer[] = [];
      request.on("data", (chunk: Buffer) => chunks.push(chunk));
      request.on("end", () => {
        const { method, url, headers } = request;
        seen.push([
          method,
          url,
          headers.authorization,
          headers["idempotency-key"],
          Buffer.concat(chunks).toString(),
        ]);
        response.writeHead(202, { "content-type": "application/json" }).end('{"id":"s1","more":true}');
      });
    });
    const client = createServiceClient({ baseUrl: `${server.origin}/api/`, token: "t0ken" });
    const answer = await client.call("POST", "/scans", {
      schema: Scan,
      query: { wait: false },
      body: { targetId: "t1" },
      headers: { "idempotency-key": "k" },
    });
    expect(answer).toEqual({ id: "s1" });
    expect(seen).toEqual([["POST", "/api/scans?wait=false", "Bearer t0ken", "k", '{"targetId":"t1"}']]);
  });

  it("takes an answer without content", async () => {
    const server = await startServer((_request, response) => response.writeHead(204).end());
    const client = createServiceClient({ baseUrl: server.origin });
    expect(await client.call("DELETE", "tokens/1", { schema: z.undefined() })).toBeUndefined();
  });

  it("throws a problem as the server's own error", async () => {
    const problem = {
      type: "urn:picket:problem:conflict",
      title: "Conflict",
      status: 409,
      detail: "scan s1 has ended",
      code: "CONFLICT",
      hint: "Start a new scan.",
      errorId: "e1",
      errors: [{ in: "path", pointer: "/id", message: "has ended" }],
    };
    const server = await startServer((_request, response) =>
      response.writeHead(409, { "content-type": "application/problem+json" }).end(JSON.stringify(problem)),
    );
    const client = createServiceClient({ baseUrl: server.origin, token: "t0ken" });
    const error = await errorOf(client.call("POST", "scans/s1/cancel", { schema: Scan }));
    expect(error).toMatchObject({
      code: "CONFLICT",
      message: "scan s1 has ended",
      hint: "Start a new scan.",
      details: { errorId: "e1", errors: problem.errors },
    });
    expect(JSON.stringify(error, Object.getOwnPropertyNames(error))).not.toContain("t0ken");
  });

  it.each([
    ["another form", 200, '{"name":"x"}', "PROTOCOL_VIOLATION"],
    ["no JSON", 200, "<html>", "PROTOCOL_VIOLATION"],
    ["an error that is no problem", 404, "<html>", "PROTOCOL_VIOLATION"],
    [
      "a problem with a code of another version",
      418,
      '{"type":"t","title":"t","status":418,"detail":"d","code":"TEAPOT","hint":"h","errorId":"e"}',
      "PROTOCOL_VIOLATION",
    ],
    ["a gateway's own error", 502, "<html>", "TARGET_UNREACHABLE"],
  ])("answered with %s says so", async (_what, status, body, code) => {
    const server = await startServer((_request, response) => response.writeHead(status).end(body));
    const error = await errorOf(
      createServiceClient({ baseUrl: server.origin }).call("POST", "x", { schema: Scan }),
    );
    expect(error).toMatchObject({ code, hint: expect.any(String) });
  });

  it("follows no redirect, so the token stays where it belongs", async () => {
    const other = await startServer((_request, response) => response.end('{"id":"x"}'));
    const server = await startServer((_request, response) =>
      response.writeHead(307, { location: other.origin }).end(),
    );
    const client = createServiceClient({ baseUrl: server.origin, token: "t0ken" });
    const error = await errorOf(client.call("GET", "x", { schema: Scan }));
    expect(error).toMatchObject({
      code: "PROTOCOL_VIOLATION",
      message: expect.stringContaining(other.origin),
    });
    expect(other.connections).toHaveLength(0);
  });

  it("cannot be led away from its base URL by a path", async () => {
    const other = await startServer((_request, response) => response.end('{"id":"x"}'));
    const server = await startServer((_request, response) => response.end('{"id":"own"}'));
    const client = createServiceClient({ baseUrl: server.origin, token: "t0ken" });
    await expect(client.call("GET", `${other.origin}/x`, { schema: Scan })).rejects.toThrow();
    expect(await client.call("GET", `//127.0.0.1:${other.port}/x`, { schema: Scan })).toEqual({ id: "own" });
    expect(other.connections).toHaveLength(0);
  });

  it("repeats GET, and nothing else, when the service is busy", async () => {
    const seen: string[] = [];
    const server = await startServer((request, response) => {
      seen.push(request.method ?? "");
      if (seen.length === 1) response.writeHead(503, { "retry-after": "0" }).end();
      else response.writeHead(request.method === "GET" ? 200 : 503).end('{"id":"s1"}');
    });
    const client = createServiceClient({ baseUrl: server.origin });
    expect(await client.call("GET", "scans/s1", { schema: Scan })).toEqual({ id: "s1" });
    expect(seen).toEqual(["GET", "GET"]);
    await errorOf(client.call("POST", "scans", { schema: Scan }));
    expect(seen).toEqual(["GET", "GET", "POST"]);
  });

  it("says when nobody answers, or not in time", async () => {
    const server = await startServer((_request, response) => response.end());
    await closeServers();
    const refused = await errorOf(
      createServiceClient({ baseUrl: server.origin }).call("POST", "x", { schema: Scan }),
    );
    expect(refused).toMatchObject({
      code: "TARGET_UNREACHABLE",
      message: expect.stringContaining("ECONNREFUSED"),
      hint: expect.any(String),
    });
    const silent = await startRawServer(() => undefined);
    const client = createServiceClient({ baseUrl: silent.origin, timeoutMs: 100 });
    expect(await errorOf(client.call("POST", "x", { schema: Scan }))).toMatchObject({
      code: "TARGET_UNREACHABLE",
    });
  });

  it("needs a base URL that is one", () => {
    for (const baseUrl of ["localhost:3000", "ftp://a.example", "http://user:pass@a.example"]) {
      expect(() => createServiceClient({ baseUrl })).toThrow(
        expect.objectContaining({ code: "INVALID_INPUT" }),
      );
    }
  });

  it("ends with the signal's reason", async () => {
    const silent = await startRawServer(() => undefined);
    const reason = new Error("Ctrl-C");
    const controller = new AbortController();
    setTimeout(() => controller.abort(reason), 50);
    const client = createServiceClient({ baseUrl: silent.origin });
    await expect(client.call("GET", "x", { schema: Scan, signal: controller.signal })).rejects.toBe(reason);
  });
});

describe("events", () => {
  const heading = { "content-type": "text/event-stream" };

  async function collect(source: AsyncIterable<ServerEvent>): Promise<ServerEvent[]> {
    const events: ServerEvent[] = [];
    for await (const event of source) events.push(event);
    return events;
  }

  it("arrive as they are sent, pieces and UTF-8 put together", async () => {
    const server = await startServer(async (_request, response) => {
      response.writeHead(200, heading);
      const bytes = Buffer.from(
        ': hello\n\nid: 1\nevent: module\ndata: {"a":\ndata: "é"}\n\ndata: plain\n\nid: 9\ndata: unfinished',
      );
      for (const byte of bytes) {
        response.write(Buffer.from([byte]));
        await new Promise(setImmediate);
      }
      response.end();
    });
    const client = createServiceClient({ baseUrl: server.origin });
    expect(await collect(client.events("/scans/s1/events"))).toEqual([
      { id: "1", event: "module", data: '{"a":\n"é"}' },
      { event: "message", data: "plain" },
    ]);
  });

  it("can be taken up after the last one, with the token", async () => {
    const server = await startServer(({ headers }, response) => {
      response.writeHead(200, heading);
      response.end(`data: ${headers["last-event-id"]} ${headers.authorization} ${headers.accept}\n\n`);
    });
    const client = createServiceClient({ baseUrl: server.origin, token: "t" });
    const [event] = await collect(client.events("x", { lastEventId: "42" }));
    expect(event?.data).toBe("42 Bearer t text/event-stream");
  });

  it("outlast the time of a call, and stop with the loop that reads them", async () => {
    const server = await startServer((_request, response) => {
      response.writeHead(200, heading);
      const timer = setInterval(() => response.write("data: tick\n\n"), 100);
      response.on("close", () => clearInterval(timer));
    });
    const client = createServiceClient({ baseUrl: server.origin, timeoutMs: 150 });
    let count = 0;
    for await (const _event of client.events("x")) {
      count += 1;
      if (count === 4) break;
    }
    const [socket] = server.connections;
    await new Promise((resolve) => (socket?.destroyed ? resolve(null) : socket?.once("close", resolve)));
    expect(count).toBe(4);
  });

  it("end with the signal's reason", async () => {
    const server = await startServer((_request, response) =>
      response.writeHead(200, heading).write("data: 1\n\n"),
    );
    const controller = new AbortController();
    const reason = new Error("Ctrl-C");
    const client = createServiceClient({ baseUrl: server.origin });
    const reading = (async () => {
      for await (const _event of client.events("x", { signal: controller.signal })) controller.abort(reason);
    })();
    await expect(reading).rejects.toBe(reason);
  });

  it("report a problem, a lost connection, another media type and a monstrous event", async () => {
    const server = await startServer((request, response) => {
      if (request.url === "/problem") {
        response.writeHead(404).end(JSON.stringify(notFound));
      } else if (request.url === "/lost") {
        response.writeHead(200, heading).write("data: 1\n\n");
        setTimeout(() => response.destroy(), 50);
      } else if (request.url === "/json") response.end("{}");
      else response.writeHead(200, heading).end(`data: ${"x".repeat(3 * 1024 * 1024)}`);
    });
    const client = createServiceClient({ baseUrl: server.origin });
    expect(await errorOf(collect(client.events("problem")))).toMatchObject({
      code: "NOT_FOUND",
      message: "no scan s9",
    });
    expect(await errorOf(collect(client.events("lost")))).toMatchObject({ code: "TARGET_UNREACHABLE" });
    expect(await errorOf(collect(client.events("json")))).toMatchObject({ code: "PROTOCOL_VIOLATION" });
    expect(await errorOf(collect(client.events("huge")))).toMatchObject({ code: "PROTOCOL_VIOLATION" });
  });
});

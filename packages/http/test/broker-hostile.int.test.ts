import { afterEach, describe, expect, it } from "@jest/globals";
import { closeServers, startRawServer, startReplay, startServer } from "./target-servers.ts";
import { closeBrokers, outcomeOf, testBroker, textOf } from "./test-broker.ts";

afterEach(async () => {
  closeBrokers();
  await closeServers();
});

describe("a target that breaks the protocol", () => {
  it.each([
    ["HTTP/0.9", "<html>hello</html>"],
    ["another protocol", "SSH-2.0-OpenSSH_9.2\r\n"],
    ["binary noise", "\x00\x01\x02\x16\x03\x01"],
    ["a status line without a code", "HTTP/1.1 OK\r\n\r\n"],
    ["a header without a colon", "HTTP/1.1 200 OK\r\nno colon here\r\n\r\n"],
    ["NUL in a header", "HTTP/1.1 200 OK\r\nx: a\x00b\r\n\r\n"],
    ["two Content-Lengths", "HTTP/1.1 200 OK\r\nContent-Length: 5\r\nContent-Length: 6\r\n\r\nhello!"],
    [
      "Content-Length and chunked",
      "HTTP/1.1 200 OK\r\nContent-Length: 5\r\nTransfer-Encoding: chunked\r\n\r\n0\r\n\r\n",
    ],
    ["a negative Content-Length", "HTTP/1.1 200 OK\r\nContent-Length: -5\r\n\r\nhello"],
    ["a bad chunk size", "HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\nzz\r\nhello\r\n"],
    [
      "a huge chunk size",
      "HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\nfffffffffffffffffff\r\nhello\r\n",
    ],
    ["an upgrade nobody asked for", "HTTP/1.1 101 Switching\r\nConnection: upgrade\r\nUpgrade: x\r\n\r\n"],
  ])("%s: invalid_response", async (_what, bytes) => {
    const server = await startReplay(bytes, "keep");
    const { send, records, permits } = testBroker(server.origin);
    const result = await send({ url: "/", timeoutMs: 5_000 });
    expect(result).toMatchObject({ ok: false, reason: "invalid_response", fetchId: records[0]?.id });
    expect(records[0]).toMatchObject({ failure: "invalid_response", failureDetail: expect.any(String) });
    expect(records[0]).not.toHaveProperty("status");
    expect(permits.held).toBe(0);
  });

  it.each([
    ["nothing", ""],
    ["half a status line", "HTTP/1.1 20"],
    ["a line that does not end", `HTTP/1.1 200 OK${"x".repeat(5_000)}`],
    ["half a header", "HTTP/1.1 200 OK\r\nContent-Le"],
    ["less than Content-Length says", "HTTP/1.1 200 OK\r\nContent-Length: 4000000000\r\n\r\nhello"],
    ["half a chunk", "HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n10\r\nhello"],
    ["no last chunk", "HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n5\r\nhello\r\n"],
  ])("%s, then the end or a reset: connection_reset", async (_what, bytes) => {
    for (const close of ["end", "reset"] as const) {
      const server = await startReplay(bytes, close);
      const { send, records } = testBroker(server.origin);
      expect(outcomeOf(await send("/"))).toBe("connection_reset");
      expect(records[0]?.failure).toBe("connection_reset");
    }
  });

  it("closing before the request: connection_reset", async () => {
    const polite = await startRawServer((socket) => socket.end());
    expect(outcomeOf(await testBroker(polite.origin).send("/"))).toBe("connection_reset");
    // Whether the reset overtakes the end of the handshake is up to the kernel.
    const rude = await startRawServer((socket) => socket.resetAndDestroy());
    expect(["connection_reset", "connect_error"]).toContain(
      outcomeOf(await testBroker(rude.origin).send("/")),
    );
  });

  it("ending a body by closing is no fault", async () => {
    const server = await startReplay("HTTP/1.0 200 OK\r\n\r\nhello");
    expect(textOf(await testBroker(server.origin).send("/"))).toBe("hello");
  });

  it("interim responses are skipped, a flood of them ends with the time", async () => {
    const hints = "HTTP/1.1 103 Early Hints\r\nLink: </a>\r\n\r\n";
    const some = await startReplay(`${hints}${hints}HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\nok`);
    expect(textOf(await testBroker(some.origin).send("/"))).toBe("ok");

    const flood = await startRawServer((socket) => {
      const timer = setInterval(() => socket.write(hints.repeat(100)), 1);
      socket.on("close", () => clearInterval(timer));
    });
    expect(outcomeOf(await testBroker(flood.origin).send({ url: "/", timeoutMs: 500 }))).toBe("timed_out");
  });

  it("bytes after a response poison nothing", async () => {
    const smuggled = "HTTP/1.1 200 OK\r\nContent-Length: 8\r\n\r\nsmuggled";
    const server = await startReplay(`HTTP/1.1 200 OK\r\nContent-Length: 5\r\n\r\nfirst${smuggled}`, "keep");
    const { send } = testBroker(server.origin);
    expect(textOf(await send("/"))).toBe("first");
    expect(textOf(await send("/"))).toBe("first");
    expect(server.connections).toHaveLength(2);
  });
});

describe("a slow target", () => {
  it.each([
    ["that never answers", () => undefined],
    ["that sends a header a byte at a time", (write: (text: string) => void) => write("x")],
  ])("%s: timed_out on time", async (_what, tick) => {
    const server = await startRawServer((socket) => {
      const timer = setInterval(() => tick((text) => socket.write(text)), 50);
      socket.on("close", () => clearInterval(timer));
      socket.once("data", () => socket.write("HTTP/1.1 200 OK\r\nx: "));
    });
    const { send, records, permits } = testBroker(server.origin);
    const startedAt = performance.now();
    const result = await send({ url: "/", timeoutMs: 400 });
    expect(result).toMatchObject({ ok: false, reason: "timed_out", fetchId: records[0]?.id });
    expect(performance.now() - startedAt).toBeLessThan(1_000);
    expect(permits.held).toBe(0);
  });

  it("that trickles a body without end: timed_out, plain or compressed", async () => {
    const gzipHeader = Buffer.from([0x1f, 0x8b, 8, 0, 0, 0, 0, 0, 0, 3]);
    const emptyGzipBlock = Buffer.from([0, 0, 0, 0xff, 0xff]);
    const server = await startServer((request, response) => {
      if (request.url === "/gzip") response.setHeader("content-encoding", "gzip");
      response.write(gzipHeader);
      const timer = setInterval(() => response.write(emptyGzipBlock), 20);
      response.on("close", () => clearInterval(timer));
    });
    const { send } = testBroker(server.origin);
    expect(outcomeOf(await send({ url: "/", timeoutMs: 400 }))).toBe("timed_out");
    expect(outcomeOf(await send({ url: "/gzip", timeoutMs: 400 }))).toBe("timed_out");
  });

  it("is held to the time for each phase as well", async () => {
    const silent = await startRawServer(() => undefined);
    const header = testBroker(silent.origin, { caps: { headersTimeoutMs: 200 } });
    expect(outcomeOf(await header.send("/"))).toBe("timed_out");

    const stalled = await startReplay("HTTP/1.1 200 OK\r\nContent-Length: 9\r\n\r\nhello", "keep");
    const body = testBroker(stalled.origin, { caps: { bodyIdleTimeoutMs: 200 } });
    expect(outcomeOf(await body.send("/"))).toBe("timed_out");

    const tls = testBroker(silent.origin.replace("http:", "https:"), { caps: { connectTimeoutMs: 200 } });
    expect(await tls.send("/")).toMatchObject({ reason: "tls_error", detail: "no answer within 200 ms" });
  });
});

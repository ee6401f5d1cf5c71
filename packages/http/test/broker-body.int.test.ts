import { brotliCompressSync, createGzip, deflateSync, gzipSync, zstdCompressSync } from "node:zlib";
import { afterEach, describe, expect, it } from "@jest/globals";
import { headerValues, MAX_PLUGIN_BODY_BYTES } from "@picket/core";
import { closeServers, startReplay, startServer } from "./target-servers.ts";
import { closeBrokers, outcomeOf, testBroker, textOf } from "./test-broker.ts";

afterEach(async () => {
  closeBrokers();
  await closeServers();
});

const MIB = 1024 * 1024;

describe("content codings", () => {
  it.each([
    ["gzip", gzipSync],
    ["x-gzip", gzipSync],
    ["GZIP", gzipSync],
    ["deflate", deflateSync],
    ["br", brotliCompressSync],
    ["zstd", zstdCompressSync],
  ])("%s is undone", async (coding, compress) => {
    const server = await startServer((_request, response) =>
      response.writeHead(200, { "content-encoding": coding }).end(compress("hello ".repeat(5_000))),
    );
    const { send, records } = testBroker(server.origin);
    expect(textOf(await send("/"))).toBe("hello ".repeat(5_000));
    expect(records[0]).toMatchObject({ truncated: false, undecoded: false });
  });

  it.each(["gzip, gzip", "br, gzip", "compress", "constructor"])(
    "%s is left as it is and marked",
    async (coding) => {
      const server = await startServer((_request, response) =>
        response.writeHead(200, { "content-encoding": coding }).end("as sent"),
      );
      const { send, records } = testBroker(server.origin);
      expect(textOf(await send("/"))).toBe("as sent");
      expect(records[0]?.undecoded).toBe(true);
    },
  );

  it.each(["gzip", "deflate", "br", "zstd"])(
    "a body that is no %s is an invalid response",
    async (coding) => {
      const server = await startServer((_request, response) =>
        response.writeHead(200, { "content-encoding": coding }).end("plain text, whatever the header says"),
      );
      expect(outcomeOf(await testBroker(server.origin).send("/"))).toBe("invalid_response");
    },
  );

  it.each(["gzip", "deflate", "br", "zstd"])("%s without a body is an empty body", async (coding) => {
    const server = await startServer((_request, response) =>
      response.writeHead(200, { "content-encoding": coding }).end(),
    );
    const { send } = testBroker(server.origin);
    expect(textOf(await send("/"))).toBe("");
    expect(outcomeOf(await send({ method: "HEAD", url: "/" }))).toBe("200");
  });

  it("a gzip stream cut short gives what it holds", async () => {
    const whole = gzipSync("x".repeat(1_000) + Math.random());
    const server = await startServer((_request, response) =>
      response.writeHead(200, { "content-encoding": "gzip" }).end(whole.subarray(0, -8)),
    );
    expect(textOf(await testBroker(server.origin).send("/"))).toContain("xxx");
  });
});

describe("body caps", () => {
  it.each([
    ["text/html", MIB / 4],
    ["application/xhtml+xml", MIB / 4],
    ["text/javascript; charset=utf-8", MIB],
    ["application/openapi+json", MIB],
  ])("give the plugin its share of %s and the record the whole", async (type, share) => {
    const server = await startServer((_request, response) =>
      response.setHeader("content-type", type).end(Buffer.alloc(2 * MIB, "a")),
    );
    const { send, records } = testBroker(server.origin);
    const result = await send("/");
    expect(result).toMatchObject({ ok: true, truncated: true });
    expect(result.ok && result.body.length).toBe(share);
    expect(result.ok && result.body.buffer.byteLength).toBe(share);
    expect(records[0]?.body?.length).toBe(2 * MIB);
    expect(records[0]?.truncated).toBe(false);
  });

  it("read no more than the plugin sees of what is not stored whole", async () => {
    const server = await startServer((_request, response) => response.end(Buffer.alloc(2 * MIB, "a")));
    const { send, records } = testBroker(server.origin, { storageMode: "sampled" });
    await send("/");
    await send({ url: "/", storage: "full" });
    expect(records.map(({ body, truncated }) => [body?.length, truncated])).toEqual([
      [MAX_PLUGIN_BODY_BYTES, true],
      [2 * MIB, false],
    ]);
  });

  it("leave a body of exactly the cap whole and cut one byte more", async () => {
    const server = await startServer((request, response) =>
      response.end("x".repeat(Number(request.url?.slice(1)))),
    );
    const { send, records } = testBroker(server.origin, { caps: { maxBodyBytes: 1_000 } });
    await send("/1000");
    await send("/1001");
    expect(records.map(({ body, truncated }) => [body?.length, truncated])).toEqual([
      [1_000, false],
      [1_000, true],
    ]);
  });

  it("cut a body that never ends, and close its connection", async () => {
    const server = await startServer((_request, response) => {
      const more = () => {
        while (!response.destroyed && response.write(Buffer.alloc(65_536, "x")));
      };
      response.on("drain", more);
      more();
    });
    const { send, records } = testBroker(server.origin, { caps: { maxBodyBytes: MIB } });
    const result = await send("/");
    expect(result).toMatchObject({ ok: true, truncated: true });
    expect(records[0]?.body?.length).toBe(MIB);
    const [socket] = server.connections;
    await new Promise((resolve) => (socket?.destroyed ? resolve(null) : socket?.once("close", resolve)));
  });

  it.each(["identity", "gzip"])("leave no rest of a cut %s body to the next request", async (coding) => {
    const body = Buffer.from(Array.from({ length: 400_000 }, () => Math.floor(Math.random() * 256)));
    const server = await startServer((_request, response) =>
      response.writeHead(200, { "content-encoding": coding }).end(coding === "gzip" ? gzipSync(body) : body),
    );
    const { send } = testBroker(server.origin, { caps: { maxBodyBytes: 100 } });
    for (let round = 1; round <= 3; round++) {
      expect(await send("/")).toMatchObject({
        ok: true,
        truncated: true,
        body: new Uint8Array(body.subarray(0, 100)),
      });
      expect(server.connections.length).toBe(round);
    }
  });

  it("hold a gzip bomb of 700 to 1 in bounded memory", async () => {
    const server = await startServer((_request, response) => {
      const gzip = createGzip({ level: 9 });
      gzip.pipe(response.writeHead(200, { "content-encoding": "gzip" }));
      const zeros = Buffer.alloc(MIB);
      let left = 700;
      const more = () => {
        while (left > 0 && gzip.write(zeros)) left -= 1;
        if (left <= 0) gzip.end();
        else left -= 1;
      };
      gzip.on("drain", more);
      response.on("close", () => gzip.destroy());
      more();
    });
    const { send, records } = testBroker(server.origin);
    const before = process.memoryUsage().rss;
    let peak = before;
    const watch = setInterval(() => {
      peak = Math.max(peak, process.memoryUsage().rss);
    }, 5);
    const result = await send({ url: "/", timeoutMs: 30_000 });
    clearInterval(watch);
    expect(result).toMatchObject({ ok: true, truncated: true });
    expect(records[0]?.body?.length).toBe(5 * MIB);
    expect((peak - before) / MIB).toBeLessThan(150);
  });
});

describe("response headers", () => {
  it("keep repeated fields apart, in order, lower-case, a byte in each character", async () => {
    const server = await startReplay(
      Buffer.from(
        "HTTP/1.1 200 OK\r\nSet-Cookie: a=1; Path=/\r\nX-One: \xe9\r\nSET-COOKIE: b=2, c=3\r\nContent-Length: 0\r\n\r\n",
        "latin1",
      ),
    );
    const { send, records } = testBroker(server.origin);
    const result = await send("/");
    expect(result.ok && result.headers).toEqual([
      ["set-cookie", "a=1; Path=/"],
      ["x-one", "\xe9"],
      ["set-cookie", "b=2, c=3"],
      ["content-length", "0"],
    ]);
    expect(records[0]?.responseHeaders).toEqual(result.ok && result.headers);
    expect(headerValues(records[0]?.responseHeaders ?? [], "set-cookie")).toHaveLength(2);
  });

  it("beyond 64 KiB make the response invalid", async () => {
    const fields = Array.from({ length: 70 }, (_, index) => `X-${index}: ${"v".repeat(1_000)}\r\n`).join("");
    const server = await startReplay(`HTTP/1.1 200 OK\r\n${fields}Content-Length: 0\r\n\r\n`);
    expect(outcomeOf(await testBroker(server.origin).send("/"))).toBe("invalid_response");
  });

  it("beyond what a header list holds are cut and marked", async () => {
    const many = Array.from({ length: 600 }, (_, index) => `x-${index}: 1\r\n`).join("");
    const server = await startReplay(`HTTP/1.1 200 OK\r\nlong: ${"v".repeat(20_000)}\r\n${many}\r\n`);
    const { send, records } = testBroker(server.origin);
    const result = await send("/");
    expect(result).toMatchObject({ ok: true, truncated: true });
    expect(result.ok && result.headers).toHaveLength(500);
    expect(result.ok && result.headers[0]?.[1]).toHaveLength(16_384);
    expect(records[0]?.truncated).toBe(true);
  });
});

import { setTimeout as sleep } from "node:timers/promises";
import { afterEach, describe, expect, it } from "@jest/globals";
import { type Capability, FetchFailure, type RequestOutcome, ScopeRefusal } from "@picket/core";
import { closeServers, startRawServer, startServer } from "./target-servers.ts";
import { closeBrokers, outcomeOf, testBroker, textOf } from "./test-broker.ts";

afterEach(async () => {
  closeBrokers();
  await closeServers();
});

describe("capabilities", () => {
  const cases: [Capability[], string, string | undefined, string][] = [
    [[], "GET", undefined, "capability_missing"],
    [["auth:use", "tls:connect"], "GET", undefined, "capability_missing"],
    [["http:passive"], "GET", undefined, "200"],
    [["http:passive"], "HEAD", undefined, "200"],
    [["http:active"], "OPTIONS", undefined, "200"],
    [["http:passive"], "GET", "body", "capability_missing"],
    [["http:passive", "http:active"], "POST", undefined, "capability_missing"],
    [["http:active"], "TRACE", undefined, "200"],
    [["http:passive"], "TRACE", undefined, "capability_missing"],
    [["http:active"], "POST", JSON.stringify({ query: "{ __typename }" }), "200"],
    [["http:passive"], "POST", JSON.stringify({ query: "{ __typename }" }), "capability_missing"],
    [["http:active"], "POST", JSON.stringify({ query: "mutation { drop }" }), "capability_missing"],
    [["http:active"], "POST", JSON.stringify({ query: "{ a } mutation { b }" }), "capability_missing"],
    [["http:active"], "POST", JSON.stringify({ query: "{ a }", amount: 1 }), "capability_missing"],
    [["http:active"], "POST", "null", "capability_missing"],
    [["http:intrusive"], "POST", "body", "200"],
    [["http:intrusive"], "PATCH", undefined, "200"],
    [["http:intrusive"], "PROPFIND", undefined, "200"],
    [["http:intrusive"], "CONNECT", undefined, "invalid_request"],
  ];

  it.each(cases)("%j: %s with body %s is %s", async (capabilities, method, body, outcome) => {
    const server = await startServer((_request, response) => response.end());
    const { send, permits } = testBroker(server.origin);
    const result = await send({ method, url: "/", ...(body && { body }) }, { capabilities });
    expect(outcomeOf(result)).toBe(outcome);
    expect(permits.taken).toBe(outcome === "200" ? 1 : 0);
    expect(server.connections).toHaveLength(outcome === "200" ? 1 : 0);
  });
});

describe("headers", () => {
  it.each<[Capability[], string, string]>([
    [["http:active"], "p1.example", "200"],
    [["http:active"], "other.corp.test", "invalid_request"],
    [["http:active"], "p1.example.corp.net", "invalid_request"],
    [["http:passive"], "p1.example", "invalid_request"],
  ])("with %j the host may be %s: %s", async (capabilities, host, outcome) => {
    const hosts: unknown[] = [];
    const server = await startServer((request, response) => {
      hosts.push(request.headers.host);
      response.end();
    });
    const { send } = testBroker(server.origin);
    const result = await send({ url: "/", headers: [["host", host]], maxRedirects: 0 }, { capabilities });
    expect(outcomeOf(result)).toBe(outcome);
    expect(hosts).toEqual(outcome === "200" ? [host] : []);
  });

  it.each(["Host", "content-length", "Transfer-Encoding", "connection", "TE", "upgrade", "expect"])(
    "%s is the broker's: invalid_request names it",
    async (name) => {
      const server = await startServer((_request, response) => response.end());
      const { send } = testBroker(server.origin, { requestHeaders: [["User-Agent", "Picket/test"]] });
      const result = await send({ url: "/", headers: [[name, "x"]] });
      expect(result).toMatchObject({
        reason: "invalid_request",
        detail: expect.stringContaining(name.toLowerCase()),
      });
      expect(server.connections).toHaveLength(0);
    },
  );

  it("a user agent of an intrusive plugin goes behind the broker's, and stays there on the record", async () => {
    const server = await startServer((request, response) => response.end(request.headers["user-agent"]));
    const options = { requestHeaders: [["user-agent", "Picket/test"]] } satisfies Parameters<
      typeof testBroker
    >[1];
    const { send, records } = testBroker(server.origin, options);
    const request = { url: "/", headers: [["User-Agent", "odd"]] } satisfies Parameters<typeof send>[0];
    const intrusive = await send(request, { capabilities: ["http:intrusive"] });
    expect(textOf(intrusive)).toBe("Picket/test odd");
    expect(records[0]?.requestHeaders).toContainEqual(["user-agent", "Picket/test odd"]);
    expect(outcomeOf(await send(request, { capabilities: ["http:active"] }))).toBe("invalid_request");
  });

  it.each([
    ["x", "a\r\nHost: evil"],
    ["x", "a\nb"],
    ["x", "a\0b"],
    ["x", "€"],
    ["x\r\ny", "a"],
    ["x y", "a"],
    ["", "a"],
  ])("%j: %j cannot be sent", async (name, value) => {
    const server = await startServer((_request, response) => response.end());
    const result = await testBroker(server.origin).send({ url: "/", headers: [[name, value]] });
    expect(outcomeOf(result)).toBe("invalid_request");
    expect(server.connections).toHaveLength(0);
  });

  it("are recorded as the target got them", async () => {
    const server = await startServer((request, response) => response.end(JSON.stringify(request.rawHeaders)));
    const { send, records } = testBroker(server.origin, { requestHeaders: [["user-agent", "Picket/test"]] });
    const result = await send({
      url: "/",
      headers: [
        ["X-Twice", "1"],
        ["X-Twice", "2"],
        ["Accept", "text/html"],
      ],
    });
    const sent: string[] = JSON.parse(textOf(result));
    expect(sent.slice(0, 4)).toEqual(["host", `127.0.0.1:${server.port}`, "connection", "keep-alive"]);
    expect(sent.slice(4)).toEqual(records[0]?.requestHeaders.flat());
    expect(records[0]?.requestHeaders).toEqual([
      ["user-agent", "Picket/test"],
      ["x-twice", "1"],
      ["x-twice", "2"],
      ["accept", "text/html"],
      ["accept-encoding", "gzip, deflate, br, zstd"],
    ]);
  });
});

describe("a record", () => {
  it("tells the whole request and response, and precedes the result", async () => {
    const server = await startServer((request, response) =>
      request.resume().on("end", () => response.end("pong")),
    );
    const seen: string[] = [];
    const { send, records } = testBroker(server.origin, {
      async onFetch(record) {
        await sleep(20);
        seen.push(record.id);
        records.push(record);
      },
    });
    const result = await send(
      { method: "POST", url: "/a?b=c", body: "ping", storage: "full" },
      { moduleRunId: "run-1" },
    );
    expect(seen).toEqual([result.fetchId]);
    expect(records[0]).toEqual({
      id: expect.stringMatching(/^[0-9a-f]{8}-[0-9a-f]{4}-7/),
      plugin: "test",
      moduleRunId: "run-1",
      storage: "full",
      method: "POST",
      url: `${server.origin}/a?b=c`,
      requestHeaders: expect.any(Array),
      requestBody: Buffer.from("ping"),
      startedAt: expect.any(Date),
      elapsedMs: expect.any(Number),
      remoteAddress: "127.0.0.1",
      httpVersion: "1.1",
      status: 200,
      responseHeaders: expect.any(Array),
      body: new Uint8Array(Buffer.from("pong")),
      truncated: false,
      undecoded: false,
    });
  });

  it("that cannot be stored fails the request loudly, with nothing left held", async () => {
    const server = await startServer((_request, response) => response.end());
    const { send, permits } = testBroker(server.origin, {
      onFetch: () => Promise.reject(new Error("store is down")),
    });
    await expect(send("/")).rejects.toThrow("store is down");
    expect(permits).toEqual({ taken: 1, held: 0 });
  });

  it("is stored with neither permit nor time of the request held", async () => {
    const server = await startServer((_request, response) => response.end("ok"));
    const held: number[] = [];
    const { send, permits } = testBroker(server.origin, {
      async onFetch() {
        held.push(permits.held);
        await sleep(200);
      },
    });
    expect(textOf(await send({ url: "/", timeoutMs: 150 }))).toBe("ok");
    expect(held).toEqual([0]);
  });
});

describe("the budget", () => {
  it("exhausted: nothing is sent", async () => {
    const server = await startServer((_request, response) => response.end());
    const { send, records } = testBroker(server.origin, { budget: { acquire: async () => "exhausted" } });
    expect(outcomeOf(await send("/"))).toBe("budget_exhausted");
    expect(server.connections).toHaveLength(0);
    expect(records).toHaveLength(0);
  });

  it("is asked for each hop, and can end a chain in the middle", async () => {
    const server = await startServer((_request, response) =>
      response.writeHead(302, { location: "/" }).end(),
    );
    let left = 2;
    const release = async () => undefined;
    const { send, records } = testBroker(server.origin, {
      budget: { acquire: async () => (left-- > 0 ? { release } : "exhausted") },
    });
    expect(await send("/")).toMatchObject({ reason: "budget_exhausted", fetchId: records[1]?.id });
    expect(records).toHaveLength(2);
  });

  it("may make a request wait longer than it may take", async () => {
    const server = await startServer((_request, response) => response.end("ok"));
    const release = async () => undefined;
    const { send, records } = testBroker(server.origin, {
      budget: {
        async acquire() {
          await sleep(300);
          return { release };
        },
      },
    });
    expect(textOf(await send({ url: "/", timeoutMs: 200 }))).toBe("ok");
    expect(records[0]?.elapsedMs).toBeLessThan(200);
  });
});

describe("cancelling", () => {
  it("closes the socket at once and records the fetch", async () => {
    const server = await startRawServer(() => undefined);
    const { send, records, permits } = testBroker(server.origin);
    const controller = new AbortController();
    const pending = send("/", { signal: controller.signal });
    while (server.connections.length === 0) await sleep(5);
    const closed = new Promise((resolve) => server.connections[0]?.once("close", resolve));
    const cancelledAt = performance.now();
    controller.abort();
    expect(await pending).toMatchObject({ ok: false, reason: "cancelled", fetchId: records[0]?.id });
    await closed;
    expect(performance.now() - cancelledAt).toBeLessThan(200);
    expect(permits.held).toBe(0);
  });

  it("stops a body, plain or compressed, in the middle", async () => {
    const server = await startServer((request, response) => {
      response.setHeader("content-encoding", request.url === "/gzip" ? "gzip" : "identity");
      response.write(Buffer.from([0x1f, 0x8b, 0x08, 0, 0, 0, 0, 0, 0, 3]));
    });
    for (const url of ["/plain", "/gzip"]) {
      const { send } = testBroker(server.origin);
      const controller = new AbortController();
      setTimeout(() => controller.abort(), 50);
      expect(outcomeOf(await send(url, { signal: controller.signal }))).toBe("cancelled");
    }
  });

  it("before sending sends nothing", async () => {
    const server = await startServer((_request, response) => response.end());
    const { send } = testBroker(server.origin);
    expect(outcomeOf(await send("/", { signal: AbortSignal.abort() }))).toBe("cancelled");
    expect(server.connections).toHaveLength(0);
  });

  it("happens to everything under way when the broker closes, and to what is asked later", async () => {
    const server = await startServer((request, response) => {
      if (request.url === "/idle") response.end();
    });
    const { send, broker } = testBroker(server.origin);
    await send("/idle");
    const pending = [send("/hangs"), send("/hangs")];
    while (server.connections.length < 2) await sleep(5);
    const closed = server.connections.map(
      (socket) => new Promise((resolve) => socket.once("close", resolve)),
    );
    broker.close();
    expect((await Promise.all(pending)).map(outcomeOf)).toEqual(["cancelled", "cancelled"]);
    await Promise.all(closed);
    expect(outcomeOf(await send("/idle"))).toBe("cancelled");
  });

  it("leaves no listener on a signal that outlives its requests", async () => {
    const server = await startServer((_request, response) => response.end());
    const { send } = testBroker(server.origin);
    const { signal } = new AbortController();
    let listeners = 0;
    const add = signal.addEventListener.bind(signal);
    const remove = signal.removeEventListener.bind(signal);
    signal.addEventListener = (...parameters: Parameters<typeof add>) => {
      listeners += 1;
      add(...parameters);
    };
    signal.removeEventListener = (...parameters: Parameters<typeof remove>) => {
      listeners -= 1;
      remove(...parameters);
    };
    for (let round = 0; round < 5; round++) await send("/", { signal });
    expect(listeners).toBe(0);
  });
});

describe("connections", () => {
  it("are reused in turn for the same origin and address only", async () => {
    const server = await startServer((request, response) => response.end(String(request.socket.remotePort)));
    const ports = [String(server.port)];
    const { send } = testBroker(server.origin);
    const seen = new Set<string>();
    for (let round = 0; round < 5; round++) seen.add(textOf(await send("/")));
    expect(seen.size).toBe(1);

    const other = testBroker(`http://localhost:${server.port}/`, {
      rules: [{ pattern: "localhost", ports }],
      resolver: async () => ["127.0.0.1"],
    });
    seen.add(textOf(await other.send("/")));
    expect(seen.size).toBe(2);
  });

  it("go to another address as soon as the name's answer has changed", async () => {
    const first = await startServer((_request, response) => response.end("first"), "127.0.0.1");
    const second = await startServer((_request, response) => response.end("second"), "127.0.0.2", first.port);
    const { send } = testBroker(`http://localhost:${first.port}/`, {
      resolver: (() => {
        const answers = [["127.0.0.1"], ["127.0.0.2"]];
        return async () => answers.shift() ?? [];
      })(),
      addressTtlMs: 0,
    });
    expect(textOf(await send("/"))).toBe("first");
    expect(textOf(await send("/"))).toBe("second");
    expect([first.connections.length, second.connections.length]).toEqual([1, 1]);
  });

  it("that the target has closed meanwhile are replaced, the request being written once", async () => {
    let requests = 0;
    const server = await startServer((_request, response) => {
      requests += 1;
      response.end("ok");
    });
    const { send, records } = testBroker(server.origin);
    for (let round = 0; round < 5; round++) {
      expect(textOf(await send("/"))).toBe("ok");
      server.connections.at(-1)?.destroy();
      // Turns of the event loop, not time: each of them lets the broker's side see what has arrived.
      for (let turn = 0; turn < 5; turn++) await new Promise(setImmediate);
    }
    expect([requests, records.length, server.connections.length]).toEqual([5, 5, 5]);
  });

  it.each([
    ["GET", "", "200"],
    ["PUT", "", "200"],
    ["POST", "", "connection_reset"],
    ["GET", "HTTP/1.1 2", "connection_reset"],
  ])(
    "that break down over a %s after %j: sent again only when nothing is lost by it",
    async (method, begun, outcome) => {
      const server = await startRawServer((socket) => {
        socket.once("data", () => {
          socket.write("HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\nok");
          socket.once("data", () => {
            socket.write(begun);
            setTimeout(() => socket.resetAndDestroy(), 20);
          });
        });
      });
      const { send, records, permits } = testBroker(server.origin);
      await send("/");
      expect(outcomeOf(await send({ url: "/", method }))).toBe(outcome);
      const isRepeated = outcome === "200";
      expect(records.map(({ failure }) => failure)).toEqual(
        isRepeated ? [undefined, "connection_reset", undefined] : [undefined, "connection_reset"],
      );
      expect(permits).toEqual({ taken: isRepeated ? 3 : 2, held: 0 });
      expect(server.connections).toHaveLength(isRepeated ? 2 : 1);
    },
  );

  it("that are new and break down are reported, not repeated", async () => {
    const server = await startRawServer((socket) => socket.once("data", () => socket.resetAndDestroy()));
    const { send, permits } = testBroker(server.origin);
    expect(outcomeOf(await send("/"))).toBe("connection_reset");
    expect(permits.taken).toBe(1);
  });

  it("rest 5 ms between a response and the next request", async () => {
    const gaps: number[] = [];
    let endedAt: number | undefined;
    const server = await startServer((_request, response) => {
      if (endedAt !== undefined) gaps.push(performance.now() - endedAt);
      response.on("finish", () => {
        endedAt = performance.now();
      });
      response.end("ok");
    });
    const { send } = testBroker(server.origin);
    for (let round = 0; round < 4; round++) await send("/");
    expect(gaps).toHaveLength(3);
    expect(server.connections.length).toBe(1);
    // Without a rest it is a few tenths; the server's own clock starts a little late.
    expect(Math.min(...gaps)).toBeGreaterThan(2);
  });

  it("carry as many requests at once as the budget admits", async () => {
    const server = await startServer((_request, response) => setTimeout(() => response.end("ok"), 50));
    const { send } = testBroker(server.origin);
    await Promise.all(Array.from({ length: 8 }, () => send("/")));
    await Promise.all(Array.from({ length: 8 }, () => send("/")));
    expect(server.connections).toHaveLength(8);
  });

  it("that cannot be made: connect_error, recorded without an address", async () => {
    const server = await startServer((_request, response) => response.end());
    const { origin } = server;
    await closeServers();
    const { send, records } = testBroker(origin);
    expect(await send("/")).toMatchObject({
      reason: "connect_error",
      detail: expect.stringContaining("ECONNREFUSED"),
    });
    expect(records[0]).toMatchObject({ failure: "connect_error" });
    expect(records[0]).not.toHaveProperty("remoteAddress");
  });
});

describe("a target that fails now and then", () => {
  it("is asked to the end: 30 errors spread over 13,000 requests skip none of the others", async () => {
    const [total, errors] = [13_000, 30];
    const isLost = (number: number) => number % Math.ceil(total / errors) === 0;
    const server = await startServer((request, response) => {
      if (isLost(Number(request.url?.slice(1)))) response.destroy();
      else response.end("ok");
    });
    const { broker, send } = testBroker(server.origin, { onFetch: () => undefined });
    const numbers = Array.from({ length: total }, (_, number) => number).values();
    const failed: number[] = [];
    const lanes = Array.from({ length: 32 }, async () => {
      for (const number of numbers) if (!(await send(`/${number}`)).ok) failed.push(number);
    });
    await Promise.all(lanes);
    expect(failed.toSorted((a, b) => a - b)).toEqual(Array.from({ length: errors }, (_, at) => at * 434));
    expect(broker.counters().responses).toBe(total - errors);
  }, 120_000);
});

describe("counters", () => {
  it("start at zero for every reason and are a snapshot", async () => {
    const server = await startServer((_request, response) => response.end("four"));
    const { send, broker } = testBroker(server.origin);
    const before = broker.counters();
    expect(Object.keys(before.failures)).toEqual(FetchFailure.options);
    expect(Object.keys(before.refusals)).toEqual(ScopeRefusal.options);
    await send("/");
    await send("http://elsewhere.example/");
    expect(broker.counters()).toMatchObject({
      responses: 1,
      bodyBytes: 4,
      failures: { out_of_scope: 1, timed_out: 0 },
      refusals: { other_host: 1 },
    });
    expect(before.responses).toBe(0);
  });
});

it.each<[Capability, number]>([
  ["http:intrusive", 0],
  ["http:active", 300],
])(
  "what a request of %s asks the target to wait for is none of its distress: at least %i ms of 300 count",
  async (capability, least) => {
    const server = await startServer((_request, response) => void setTimeout(() => response.end(), 300));
    const outcomes: RequestOutcome[] = [];
    const release = async (outcome: RequestOutcome) => void outcomes.push(outcome);
    const { send } = testBroker(server.origin, { budget: { acquire: async () => ({ release }) } });
    await send({ url: "/", askedDelayMs: 30_000 }, { capabilities: [capability] });
    const [outcome] = outcomes;
    const counted = outcome?.kind === "answered" ? outcome.elapsedMs : -1;
    expect(counted).toBeGreaterThanOrEqual(least);
    expect(counted > 0).toBe(least > 0);
  },
);

import { afterEach, describe, expect, it } from "@jest/globals";
import { closeServers, startCanary, startServer } from "./target-servers.ts";
import { closeBrokers, outcomeOf, testBroker, textOf } from "./test-broker.ts";

afterEach(async () => {
  closeBrokers();
  await closeServers();
});

describe("scope", () => {
  it("reaches an address literal, IPv4 and IPv6, and a name", async () => {
    for (const host of ["127.0.0.1", "::1"]) {
      const server = await startServer((request, response) => response.end(request.headers.host), host);
      expect(textOf(await testBroker(server.origin).send("/"))).toBe(new URL(server.origin).host);
    }
    const server = await startServer((request, response) => response.end(request.headers.host));
    const base = `http://localhost:${server.port}/`;
    const { send, records } = testBroker(base, { resolver: async () => ["127.0.0.1"] });
    expect(textOf(await send("/"))).toBe(`localhost:${server.port}`);
    expect(records[0]?.remoteAddress).toBe("127.0.0.1");
  });

  it("sends no packet to any spelling of an address that is not the target's", async () => {
    const target = await startServer((_request, response) => response.end("target"));
    const canary = await startCanary();
    const { port } = canary;
    const spellings = [
      `http://127.0.0.1:${port}/`,
      `http://127.1:${port}/`,
      `http://0177.0.0.1:${port}/`,
      `http://0x7f.0.0.1:${port}/`,
      `http://0x7f000001:${port}/`,
      `http://2130706433:${port}/`,
      `http://017700000001:${port}/`,
      `http://①②⑦.⓪.⓪.①:${port}/`,
      `http://127。0。0。1:${port}/`,
      `http://127.0.0.1.:${port}/`,
      `http://0:${port}/`,
      `http://[::ffff:127.0.0.1]:${port}/`,
      `http://[::ffff:7f00:1]:${port}/`,
      `http://[0:0:0:0:0:ffff:7f00:1]:${port}/`,
      `http://[::127.0.0.1]:${port}/`,
      `http://[64:ff9b::7f00:1]:${port}/`,
      `http://[2002:7f00:1::]:${port}/`,
      `http://localhost:${port}/`,
      `http://LOCALHOST.:${port}/`,
      `http://a.localhost:${port}/`,
      `http:///127.0.0.1:${port}/`,
      `http:\\\\127.0.0.1:${port}\\`,
      `ht\ntp://127.0.0.1:${port}/`,
      `//127.0.0.1:${port}/`,
      `\\\\127.0.0.1:${port}/`,
      `http://${new URL(target.origin).host}@127.0.0.1:${port}/`,
      `http://127.0.0.1:${port}#@${new URL(target.origin).host}/`,
      `https://127.0.0.1:${port}/`,
      `ftp://127.0.0.1:${port}/`,
      `unix:/tmp/x.sock`,
      `http://127.0.0.1:0/`,
    ];
    const { send, broker, permits, records } = testBroker(target.origin, {
      resolver: async () => ["127.0.0.1"],
    });
    for (const url of spellings) {
      const result = await send({ url });
      expect({ url, reason: result.ok ? "ok" : result.reason }).toEqual({ url, reason: "out_of_scope" });
    }
    expect(canary.connections).toHaveLength(0);
    expect(permits.taken).toBe(0);
    expect(records).toHaveLength(0);
    const { failures, refusals } = broker.counters();
    expect(failures.out_of_scope).toBe(spellings.length);
    expect(Object.values(refusals).reduce((sum, count) => sum + count)).toBe(spellings.length);
    // Relative to a base of the same scheme, so a path on the target itself.
    expect(textOf(await send(`http:127.0.0.1:${port}/`))).toBe("target");
    expect(canary.connections).toHaveLength(0);
  });

  it("stays below the base path", async () => {
    const server = await startServer((request, response) => response.end(request.url));
    const { send } = testBroker(`${server.origin}/app/`);
    expect(textOf(await send("x/../y?q"))).toBe("/app/y?q");
    expect(outcomeOf(await send("/admin"))).toBe("outside_base_path");
    expect(outcomeOf(await send("../admin"))).toBe("outside_base_path");
    expect(outcomeOf(await send("..%2fadmin"))).toBe("outside_base_path");
    expect(server.connections).toHaveLength(1);
  });
});

describe("name resolution", () => {
  const answers: [string, string[], string][] = [
    ["loopback for a name that scope knows only by name", ["127.0.0.1"], "denied_address"],
    ["IPv6 loopback", ["::1"], "denied_address"],
    ["the metadata service", ["169.254.169.254"], "denied_address"],
    ["the metadata service, IPv4-mapped", ["::ffff:169.254.169.254"], "denied_address"],
    ["an allowed and a denied address", ["10.0.0.1", "127.0.0.1"], "mixed_addresses"],
    ["a denied and an allowed address", ["127.0.0.1", "10.0.0.1"], "mixed_addresses"],
    ["what is no address", ["127.1"], "denied_address"],
    ["a scoped address", ["fe80::1%lo"], "denied_address"],
    ["nothing", [], "unresolvable"],
  ];

  it.each(answers)("refuses %s", async (_what, addresses, refusal) => {
    const canary = await startCanary();
    const { send, permits } = testBroker(`http://app.example:${canary.port}/`, {
      resolver: async () => addresses,
    });
    expect(outcomeOf(await send("/"))).toBe(refusal);
    expect(canary.connections).toHaveLength(0);
    expect(permits.taken).toBe(0);
  });

  it("fails as dns_error when the name does not exist", async () => {
    const { send, records, broker } = testBroker("http://nowhere.example/", {
      resolver: async () => {
        throw Object.assign(new Error("queryA ENOTFOUND"), { code: "ENOTFOUND" });
      },
    });
    const result = await send("/");
    expect(result).toMatchObject({
      ok: false,
      reason: "dns_error",
      detail: expect.stringContaining("ENOTFOUND"),
    });
    expect(records).toHaveLength(0);
    expect(broker.counters().failures.dns_error).toBe(1);
  });

  it("connects to the address that was checked, whatever the name answers next", async () => {
    const target = await startServer((_request, response) => response.end("target"));
    const canary = await startCanary("127.0.0.2", target.port);
    let questions = 0;
    const { send } = testBroker(`http://rebind.localhost:${target.port}/`, {
      rules: [{ pattern: "rebind.localhost", ports: [String(target.port)] }],
      resolver: async () => (questions++ === 0 ? ["127.0.0.1"] : ["127.0.0.2"]),
    });
    for (let round = 0; round < 50; round++) expect(textOf(await send("/"))).toBe("target");
    expect(questions).toBe(1);
    expect(canary.connections).toHaveLength(0);
  });

  it("asks once for simultaneous requests, and again after a failure", async () => {
    const server = await startServer((_request, response) => response.end("ok"));
    let questions = 0;
    const { send } = testBroker(`http://localhost:${server.port}/`, {
      resolver: async () => {
        questions += 1;
        if (questions === 1) throw new Error("SERVFAIL");
        return ["127.0.0.1"];
      },
    });
    expect(outcomeOf(await send("/"))).toBe("dns_error");
    await Promise.all(Array.from({ length: 5 }, () => send("/")));
    expect(questions).toBe(2);
  });

  it("goes on to the next allowed address when the first refuses, and remembers it", async () => {
    const server = await startServer((_request, response) => response.end("ok"));
    const { send, records } = testBroker(`http://localhost:${server.port}/`, {
      resolver: async () => ["::1", "127.0.0.1"],
    });
    expect(textOf(await send("/"))).toBe("ok");
    expect(textOf(await send("/"))).toBe("ok");
    expect(records.map(({ remoteAddress }) => remoteAddress)).toEqual(["127.0.0.1", "127.0.0.1"]);
  });

  it("does not wait for a resolver longer than the request may take", async () => {
    const { send } = testBroker("http://slow.example/", {
      resolver: () => Promise.withResolvers<string[]>().promise,
    });
    expect(outcomeOf(await send({ url: "/", timeoutMs: 100 }))).toBe("timed_out");
  });
});

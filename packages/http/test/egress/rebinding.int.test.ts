import { request } from "node:http";
import { afterEach, beforeEach, describe, expect, it } from "@jest/globals";
import { createEgressClient } from "../../src/index.ts";
import { closeServers, startCanary, startServer, type TestServer } from "../target-servers.ts";
import { closeBrokers, outcomeOf, testBroker } from "../test-broker.ts";
import { type Answer, type NameServer, startNameServer } from "./name-server.ts";

const ALLOWED: Answer = { type: "A", data: "127.0.0.1" };
const DENIED: Answer = { type: "A", data: "127.0.0.2" };
const DENIED_SIX: Answer = { type: "AAAA", data: "0000:0000:0000:0000:0000:0000:0000:0001" };
const MAPPED: Answer = { type: "AAAA", data: "0000:0000:0000:0000:0000:ffff:7f00:0002" };
const ALIAS: Answer = { type: "CNAME", data: "inside.test" };

/** What a hostile name server says to each question. */
const TRICKS: Record<string, (question: { type: "A" | "AAAA"; number: number }) => Answer[]> = {
  "allowed and denied in turn": ({ type, number }) =>
    type === "AAAA" ? [] : [Math.floor(number / 2) % 2 === 0 ? ALLOWED : DENIED],
  "both at once": ({ type }) => (type === "AAAA" ? [] : [ALLOWED, DENIED]),
  "allowed in one family, denied in the other": ({ type }) => (type === "A" ? [ALLOWED] : [DENIED_SIX]),
  "allowed, and denied as a mapped address": ({ type }) => (type === "A" ? [ALLOWED] : [MAPPED]),
  "an alias of what is denied": ({ type }) => (type === "A" ? [ALIAS, DENIED] : []),
  "denied after one answer that is allowed": ({ type, number }) =>
    type === "AAAA" ? [] : [number < 2 ? ALLOWED : DENIED],
};

let target: TestServer;
let canaries: TestServer[];
let names: NameServer;

beforeEach(async () => {
  target = await startServer((_request, response) => response.end("target"));
  canaries = [await startCanary("127.0.0.2", target.port), await startCanary("::1", target.port)];
});

afterEach(async () => {
  closeBrokers();
  await Promise.all([names.close(), closeServers()]);
});

function hits(): number {
  return canaries.reduce((sum, { connections }) => sum + connections.length, 0);
}

const rules = () => [{ pattern: "127.0.0.1", ports: [String(target.port)] }];

describe("S2: a name server that changes its mind", () => {
  // 6 × 170 = 1,020 requests.
  it.each(Object.entries(TRICKS))("%s: 170 requests, none at the canary", async (_what, trick) => {
    names = await startNameServer(trick);
    const { send } = testBroker(`http://rebind.test:${target.port}/`, {
      rules: rules(),
      resolver: names.resolve,
      addressTtlMs: 0,
    });
    const outcomes = new Set<string>();
    for (let count = 0; count < 170; count++) outcomes.add(outcomeOf(await send("/")));
    expect(hits()).toBe(0);
    expect(names.questions).toBeGreaterThanOrEqual(340);
    for (const outcome of outcomes) expect(["200", "denied_address", "mixed_addresses"]).toContain(outcome);
  });

  it("does so to webhooks: 100 requests, none at the canary", async () => {
    names = await startNameServer(TRICKS["allowed and denied in turn"] ?? (() => []));
    const client = createEgressClient({ rules: rules(), platform: [], resolver: names.resolve });
    const url = `http://rebind.test:${target.port}/`;
    for (let count = 0; count < 100; count++)
      await client.send({ method: "POST", url }).catch(() => undefined);
    expect(hits()).toBe(0);
    expect(target.connections.length).toBeGreaterThan(0);
  });

  it("gets a client to the canary that resolves once to check and once to connect", async () => {
    names = await startNameServer(TRICKS["allowed and denied in turn"] ?? (() => []));
    for (let count = 0; count < 20; count++) {
      const [checked] = await names.resolve("rebind.test");
      if (checked === "127.0.0.1") await connectAgain();
    }
    expect(hits()).toBeGreaterThan(0);
  });
});

async function connectAgain(): Promise<void> {
  const { promise, resolve } = Promise.withResolvers<void>();
  const [address = ""] = await names.resolve("rebind.test");
  request({ host: address, port: target.port, agent: false })
    .on("response", (response) => response.resume().on("close", resolve))
    .on("error", () => resolve())
    .end();
  await promise;
}

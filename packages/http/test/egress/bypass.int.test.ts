import { request as naiveRequest } from "node:http";
import type { LookupFunction } from "node:net";
import { afterEach, beforeEach, describe, expect, it } from "@jest/globals";
import { parseWebUrl, type ScopeRule, tryParseWebUrl } from "@picket/core";
import { createEgressClient } from "../../src/index.ts";
import { closeServers, startCanary, startServer, type TestServer } from "../target-servers.ts";
import { closeBrokers, outcomeOf, testBroker, textOf } from "../test-broker.ts";
import { type ConnectionLog, logConnections } from "./connection-log.ts";
import { type BypassUrl, bypassUrls, CANARY_ADDRESSES, sayingResolver, spellingsOf } from "./spellings.ts";

/** An operator who opened everything that can be opened: only the deny list is left. */
const WIDE_OPEN: ScopeRule[] = [
  "0.0.0.0/0",
  "::/0",
  "*.nip.test",
  "*.six.test",
  "*.localhost",
  "localhost",
].map((pattern) => ({ pattern, ports: ["*"] }));

let target: TestServer;
/** On every loopback address of both families. */
let canary: TestServer;
let corpus: BypassUrl[];
let log: ConnectionLog;

beforeEach(async () => {
  target = await startServer((request, response) => {
    const { searchParams } = new URL(request.url ?? "/", "http://target/");
    const location = searchParams.get("to");
    if (location === null) response.end("target");
    else response.writeHead(302, { location: Buffer.from(location).toString("latin1") }).end();
  });
  canary = await startCanary("::");
  corpus = bypassUrls(canary.port, new URL(target.origin).host);
  log = logConnections();
});

afterEach(async () => {
  log.stop();
  closeBrokers();
  await closeServers();
});

/** Nothing has left for anywhere but the target. */
function expectNoEscape(): void {
  const elsewhere = log.attempts.filter((attempt) => attempt !== `127.0.0.1:${target.port}`);
  expect({ elsewhere, canary: canary.connections.length }).toEqual({ elsewhere: [], canary: 0 });
}

describe("S1: spellings of denied addresses", () => {
  it("are more than 400 different ones", () => {
    expect(new Set(corpus.map(({ url }) => url)).size).toBeGreaterThan(400);
  });

  it("as the URL that a plugin asks for: nothing leaves", async () => {
    const { send } = testBroker(target.origin, { resolver: sayingResolver });
    for (const { url } of corpus) await send({ url, maxRedirects: 3 });
    expectNoEscape();
  });

  it("as the place that the target redirects to: nothing leaves", async () => {
    const { send } = testBroker(target.origin, { resolver: sayingResolver });
    // Not with what a header cannot carry.
    for (const { url } of corpus.filter((one) => !/[\r\n]/.test(one.url))) {
      await send({ url: `/?to=${encodeURIComponent(url)}`, maxRedirects: 3 });
    }
    expectNoEscape();
  });

  it("as the base URL of a target whose operator opened everything: nothing leaves", async () => {
    const outcomes = new Map<string, number>();
    for (const { what, url } of corpus) {
      const base = tryParseWebUrl(url);
      if (!base) continue;
      const { send } = testBroker(url, { rules: WIDE_OPEN, resolver: sayingResolver });
      const outcome = outcomeOf(await send({ url, maxRedirects: 0 }));
      outcomes.set(outcome, (outcomes.get(outcome) ?? 0) + 1);
      expect({ what, outcome }).toEqual({
        what,
        outcome: expect.stringMatching(/denied_address|no_scope_entry/),
      });
      closeBrokers();
    }
    expectNoEscape();
    expect(outcomes.get("denied_address")).toBeGreaterThan(300);
  });

  it("as the URL of a webhook whose allowlist covers everything: nothing leaves", async () => {
    const client = createEgressClient({ rules: WIDE_OPEN, platform: [], resolver: sayingResolver });
    for (const { what, url } of corpus) {
      const refusal = await client.send({ method: "POST", url, timeoutMs: 2_000 }).catch((error) => error);
      expect({ what, code: refusal.code }).toEqual({
        what,
        code: expect.stringMatching(/^(OUT_OF_SCOPE|INVALID_INPUT)$/),
      });
    }
    expectNoEscape();
  });

  it("as what a name server answers: nothing leaves", async () => {
    const hosts = [...CANARY_ADDRESSES, "169.254.169.254", "fd00:ec2::254"].flatMap(spellingsOf);
    for (const { what, host } of hosts) {
      const { send } = testBroker(`http://app.nip.test:${canary.port}/`, {
        rules: WIDE_OPEN,
        resolver: async () => [host.replace(/^\[|\]$/g, "")],
      });
      expect({ what, outcome: outcomeOf(await send("/")) }).toEqual({ what, outcome: "denied_address" });
      closeBrokers();
    }
    expectNoEscape();
  });

  it("on the platform's own port, though its host is allowed: nothing leaves", async () => {
    const platform = [{ host: "127.0.0.1", port: canary.port }];
    const rules = [...CANARY_ADDRESSES, "localhost"].map((pattern) => ({
      pattern,
      ports: [String(canary.port)],
    }));
    const bases = CANARY_ADDRESSES.flatMap(spellingsOf).filter(({ host }) =>
      tryParseWebUrl(`http://${host}:${canary.port}/`),
    );
    for (const { what, host } of bases) {
      const url = `http://${host}:${canary.port}/`;
      const { send } = testBroker(url, {
        scope: { base: parseWebUrl(url), rules, platform },
        resolver: sayingResolver,
      });
      const outcome = outcomeOf(await send("/"));
      expect({ what, outcome }).toEqual({
        what,
        outcome: expect.stringMatching(/denied_address|no_scope_entry/),
      });
      closeBrokers();
    }
    expectNoEscape();
  });

  it("reach the canary more than 100 times through a filter that compares text", async () => {
    const reached: string[] = [];
    for (const { what, url } of corpus) {
      if (/localhost|127\.0\.0|169\.254|metadata|::1\b/.test(url)) continue;
      const before = canary.connections.length;
      await naive(url).catch(() => undefined);
      if (canary.connections.length > before) reached.push(what);
    }
    expect(reached.length).toBeGreaterThan(100);
  });
});

/** A client without a guard, to whom names mean what the same resolver says. Addresses that lead away are left out. */
async function naive(text: string): Promise<void> {
  const url = new URL(text);
  const host = url.hostname.replace(/^\[|\]$/g, "");
  const isHere = /^(127\.|0\.0\.0\.0$|::1$|::ffff:7f)|(nip|six)\.test\.?$/.test(host);
  if (url.protocol !== "http:" || !isHere) return;
  const lookup: LookupFunction = (name, _options, callback) => {
    void sayingResolver(name).then(([address = ""]) => {
      if (!/^(127\.|0\.0\.0\.0$|::1$)/.test(address)) callback(new Error("leads away"), []);
      else callback(null, [{ address, family: address.includes(":") ? 6 : 4 }]);
    });
  };
  const { promise, resolve, reject } = Promise.withResolvers<void>();
  naiveRequest({ host, port: url.port, path: "/", lookup, agent: false, timeout: 500 })
    .on("response", (response) => response.resume().on("close", resolve))
    .on("error", reject)
    .end();
  await promise;
}

describe("S1: spellings of what is in scope", () => {
  /** What the URL standard reads as 127.0.0.1. */
  const NAMES_OF_TARGET = spellingsOf("127.0.0.1").filter(({ host }) => {
    const parsed = tryParseWebUrl(`http://${host}/`);
    return parsed?.host === "127.0.0.1";
  });
  const FORMS: Record<string, (host: string, port: number) => string> = {
    plain: (host, port) => `http://${host}:${port}/a?b=c#d`,
    "blanks around it": (host, port) => ` http://${host}:${port}/\n`,
    "tab within": (host, port) => `ht\ttp://${host}:${port}/`,
    backslashes: (host, port) => `http:\\\\${host}:${port}\\a`,
    "at sign in the path": (host, port) => `http://${host}:${port}/@127.0.0.2/`,
    "other URL in the query": (host, port) => `http://${host}:${port}/?u=http://127.0.0.2/`,
    "port with zeros": (host, port) => `http://${host}:0${port}/`,
    "no scheme": (host, port) => `//${host}:${port}/`,
  };

  it("all reach the target: more than 60 ways to write 127.0.0.1 and its URLs", async () => {
    const { send } = testBroker(target.origin);
    const urls = NAMES_OF_TARGET.flatMap(({ host }) =>
      Object.values(FORMS).map((form) => form(host, target.port)),
    );
    for (const url of urls)
      expect({ url, body: textOf(await send({ url })) }).toEqual({ url, body: "target" });
    expect(new Set(urls).size).toBeGreaterThan(60);
  });

  it.each([
    ["a name", "http://app.test:PORT/", "app.test", ["127.0.0.1"]],
    ["a name in capitals with a dot", "http://APP.test.:PORT/", "app.test", ["127.0.0.1"]],
    ["a name below a suffix", "http://a.b.test:PORT/", "*.b.test", ["127.0.0.1"]],
    ["a name in Unicode", "http://bücher.test:PORT/", "xn--bcher-kva.test", ["127.0.0.1"]],
    ["several addresses", "http://app.test:PORT/", "app.test", ["127.0.0.1", "::1"]],
    ["an address in a block", "http://127.0.0.1:PORT/", "127.0.0.0/29", []],
  ])("%s is reached", async (_what, base, pattern, addresses) => {
    const ports = [String(target.port)];
    const rules = [pattern, "127.0.0.1", "::1"].map((one) => ({ pattern: one, ports }));
    const { send } = testBroker(base.replace("PORT", String(target.port)), {
      rules,
      resolver: async () => addresses,
    });
    expect(textOf(await send("/"))).toBe("target");
  });
});

import type { IncomingMessage, RequestListener } from "node:http";
import { afterEach, describe, expect, it } from "@jest/globals";
import type { AuthProfile, Capability } from "@picket/core";
import { createAuthSession } from "../src/index.ts";
import { closeServers, startServer } from "./target-servers.ts";
import { closeBrokers, outcomeOf, testBroker } from "./test-broker.ts";

afterEach(async () => {
  closeBrokers();
  await closeServers();
});

const SECRET = "tr0mbone-gentle-orbit";
const BASIC = Buffer.from(`ana:${SECRET}`).toString("base64");

const KINDS: [AuthProfile["recipe"], AuthProfile["secrets"], string][] = [
  [{ kind: "header", header: "x-api-key", scheme: "" }, { value: SECRET }, SECRET],
  [{ kind: "header", header: "authorization", scheme: "Bearer" }, { value: SECRET }, `Bearer ${SECRET}`],
  [{ kind: "cookie" }, { value: `sid=${SECRET}; theme=dark` }, `sid=${SECRET}; theme=dark`],
  [{ kind: "basic", username: "ana" }, { password: SECRET }, `Basic ${BASIC}`],
];

/** Lets members in, and sends everybody from `/to/<status>` to where `away` says. */
function site(credential: string, seen: IncomingMessage[], away: () => string): RequestListener {
  return (request, response) => {
    seen.push(request);
    const status = Number(/^\/to\/(\d+)$/.exec(request.url ?? "")?.[1] ?? 200);
    if (status !== 200) return response.writeHead(status, { location: away() }).end();
    const isMember = request.rawHeaders.includes(credential);
    return isMember ? response.end("Hello ana") : response.writeHead(302, { location: "/login" }).end();
  };
}

describe("a redirect to another origin in scope", () => {
  it.each(KINDS)("is followed without the credentials of %j", async (recipe, secrets, credential) => {
    const [home, away]: [IncomingMessage[], IncomingMessage[]] = [[], []];
    const other = await startServer((request, response) => {
      away.push(request);
      response.end("elsewhere");
    });
    const server = await startServer(site(credential, home, () => `${other.origin}/landing`));
    const ports = [String(server.port), String(other.port)];
    const profile = { id: "a", name: "ana", version: 1, origin: server.origin, destructiveWords: [] };
    const probe = { url: "/members", status: 200, contains: "Hello ana" };
    const session = createAuthSession({ ...profile, recipe, secrets, probe });
    const { broker, send } = testBroker(server.origin, { session, rules: [{ pattern: "127.0.0.1", ports }] });
    const capabilities: Capability[] = ["http:intrusive", "auth:use"];
    const context = {
      plugin: "test",
      capabilities,
      signal: new AbortController().signal,
    };
    expect(await broker.startSession(context)).toBeNull();
    for (const status of [301, 302, 303, 307, 308]) {
      const result = await send(`/to/${status}`, { capabilities });
      expect([outcomeOf(result), result.ok && result.url]).toEqual(["200", `${other.origin}/landing`]);
    }
    const asked = home.filter(({ url }) => url?.startsWith("/to/"));
    expect(asked.every(({ rawHeaders }) => rawHeaders.includes(credential))).toBe(true);
    expect(away).toHaveLength(5);
    const said = away.map(({ url, rawHeaders }) => [url, ...rawHeaders].join("\n")).join("\n");
    expect(said).not.toContain(SECRET);
    expect(said).not.toContain(BASIC);
    expect(said).not.toContain("theme=dark");
  });
});

describe("two identities", () => {
  const ANA = "ana-key-7f3a90c1d2";
  const BEN = "ben-key-55e1b7aa03";
  const HEADER: AuthProfile["recipe"] = { kind: "header", header: "x-api-key", scheme: "" };

  async function pair() {
    const seen: IncomingMessage[] = [];
    const server = await startServer((request, response) => {
      seen.push(request);
      const key = request.headers["x-api-key"];
      const name = key === ANA ? "ana" : key === BEN ? "ben" : null;
      if (request.url?.startsWith("/away")) return response.writeHead(302, { location: OTHER }).end();
      return name ? response.end(`Hello ${name}, ${ANA} ${BEN}`) : response.writeHead(401).end();
    });
    const profileOf = (name: string, value: string): AuthProfile => ({
      ...{ id: name, name, version: 1, origin: server.origin, destructiveWords: [] },
      ...{ recipe: HEADER, secrets: { value }, probe: { url: "/", status: 200, contains: `Hello ${name}` } },
    });
    const session = createAuthSession(profileOf("ana", ANA));
    const comparison = createAuthSession(profileOf("ben", BEN), session.mask);
    const away = await startServer((request, response) => {
      seen.push(request);
      response.end("elsewhere");
    });
    const OTHER = `${away.origin}/landing`;
    const rules = [{ pattern: "127.0.0.1", ports: [String(server.port), String(away.port)] }];
    return { seen, ...testBroker(server.origin, { session, comparison, rules }) };
  }

  const capabilities: Capability[] = ["http:active", "auth:use", "auth:compare"];
  const signal = new AbortController().signal;

  it("are asked for by name, and no credential of either is seen", async () => {
    const { broker, send, records } = await pair();
    expect(await broker.startSession({ plugin: "test", capabilities, signal })).toBeNull();
    expect(broker.authFacts("comparison")?.provenAtStart).toBe(true);
    const asked = await Promise.all(
      ([undefined, "primary", "comparison", "anonymous"] as const).map((identity) =>
        send({ url: "/me", ...(identity && { identity }) }, { capabilities }),
      ),
    );
    const texts = asked.map((one) => (one.ok ? new TextDecoder().decode(one.body) : one.reason));
    expect(texts).toEqual([
      "Hello ana, [redacted:auth] [redacted:auth]",
      "Hello ana, [redacted:auth] [redacted:auth]",
      "Hello ben, [redacted:auth] [redacted:auth]",
      "",
    ]);
    const stored = records.map(
      ({ body, ...facts }) => JSON.stringify(facts) + Buffer.from(body ?? []).toString(),
    );
    expect(stored.filter((text) => text.includes(ANA) || text.includes(BEN))).toEqual([]);
    expect(records.filter(({ identity }) => identity === "comparison")).toHaveLength(1);
  });

  it("keep the second at home, to reading, and from those that may not compare", async () => {
    const { broker, send, seen } = await pair();
    await broker.startSession({ plugin: "test", capabilities, signal });
    await send({ url: "/away", identity: "comparison" }, { capabilities });
    const elsewhere = seen.filter(({ url }) => url === "/landing");
    expect(elsewhere.map(({ headers }) => headers["x-api-key"])).toEqual([undefined]);
    const refused = [
      await send({ url: "/me", identity: "comparison" }, { capabilities: ["http:intrusive", "auth:use"] }),
      await send(
        { url: "/me", method: "POST", identity: "comparison" },
        { capabilities: ["http:intrusive", "auth:compare"] },
      ),
    ];
    expect(refused.map(outcomeOf)).toEqual(["capability_missing", "invalid_request"]);
  });

  it("answer nothing in the name of one that the scan does not have", async () => {
    const { send } = testBroker("http://127.0.0.1:1");
    expect(outcomeOf(await send({ url: "/", identity: "comparison" }, { capabilities }))).toBe(
      "invalid_request",
    );
  });
});

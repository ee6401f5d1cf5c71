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

import { afterEach, describe, expect, it } from "@jest/globals";
import { decideEgress, parseWebUrl } from "@picket/core";
import { DEFAULT_CAPS } from "../src/broker.ts";
import { type Connection, openConnection, StaleConnectionError } from "../src/connection.ts";
import { createConnectionPool } from "../src/connection-pool.ts";
import { createDeadline } from "../src/deadline.ts";
import { exchange } from "../src/exchange.ts";
import { createFetcher } from "../src/fetcher.ts";
import { createScopeGate } from "../src/scope-gate.ts";
import { closeServers, startServer } from "./target-servers.ts";

afterEach(closeServers);

describe("a connection that ended before the request was written", () => {
  it("is told apart from one that ended after, and replaced: the target gets the request once", async () => {
    let requests = 0;
    const server = await startServer((_request, response) => {
      requests += 1;
      response.end("ok");
    });
    const url = parseWebUrl(server.origin);
    const policy = { rules: [{ pattern: url.host, ports: [String(url.port)] }], platform: [] };
    const gate = createScopeGate(
      (asked) => decideEgress(asked, policy),
      policy,
      async () => [],
    );
    const deadline = createDeadline(5_000, []);
    const [target] = await gate(url, deadline.signal);
    const wire = { url, method: "GET", headers: [] };

    const dead: Connection[] = [];
    for (let count = 0; count < 2; count++) {
      const connection = await openConnection(target, DEFAULT_CAPS, deadline.signal);
      connection.socket.destroy();
      dead.push(connection);
    }
    const stale = exchange(dead.pop() as Connection, wire, 100, deadline.signal);
    await expect(stale).rejects.toBeInstanceOf(StaleConnectionError);

    const pool = createConnectionPool(DEFAULT_CAPS);
    const fetch = createFetcher({
      gate,
      pool: { ...pool, take: async () => dead.pop() ?? null },
      budget: { acquire: async () => ({ release: async () => undefined }) },
      caps: DEFAULT_CAPS,
      storageMode: "full",
      onFetch: () => undefined,
    });
    expect(await fetch(wire, { plugin: "test" }, deadline)).toMatchObject({ status: 200 });
    expect(requests).toBe(1);
    deadline.dispose();
    pool.close();
  });
});

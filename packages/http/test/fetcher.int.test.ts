import { getEventListeners } from "node:events";
import { afterEach, describe, expect, it } from "@jest/globals";
import { decideEgress, parseWebUrl, type WebUrl } from "@picket/core";
import { DEFAULT_CAPS } from "../src/broker.ts";
import { type Connection, closeConnection, openConnection, StaleConnectionError } from "../src/connection.ts";
import { createConnectionPool } from "../src/connection-pool.ts";
import { createDeadline } from "../src/deadline.ts";
import { exchange, type WireRequest } from "../src/exchange.ts";
import { createFetcher } from "../src/fetcher.ts";
import { createScopeGate, type ScopeGate } from "../src/scope-gate.ts";
import { closeServers, startServer } from "./target-servers.ts";

afterEach(closeServers);

const wireTo = (url: WebUrl): WireRequest => ({ url, method: "GET", headers: [] });

/** Lets through what goes to this host and port. */
function gateTo(url: WebUrl): ScopeGate {
  const policy = { rules: [{ pattern: url.host, ports: [String(url.port)] }], platform: [] };
  return createScopeGate(
    (asked) => decideEgress(asked, policy),
    policy,
    async () => [],
  );
}

it("an exchange that is cancelled before it begins sends nothing, and leaves no listener", async () => {
  let requests = 0;
  const server = await startServer((_request, response) => {
    requests += 1;
    response.end("ok");
  });
  const url = parseWebUrl(server.origin);
  const cancelling = new AbortController();
  const [target] = await gateTo(url)(url, cancelling.signal);
  const connection = await openConnection(target, DEFAULT_CAPS, cancelling.signal);
  await exchange(connection, wireTo(url), 100, cancelling.signal);
  expect(getEventListeners(cancelling.signal, "abort")).toEqual([]);
  cancelling.abort(new Error("no more"));
  await expect(exchange(connection, wireTo(url), 100, cancelling.signal)).rejects.toThrow("no more");
  closeConnection(connection);
  expect(requests).toBe(1);
});

describe("a connection that ended before the request was written", () => {
  it("is told apart from one that ended after, and replaced: the target gets the request once", async () => {
    let requests = 0;
    const server = await startServer((_request, response) => {
      requests += 1;
      response.end("ok");
    });
    const url = parseWebUrl(server.origin);
    const gate = gateTo(url);
    const deadline = createDeadline(5_000, []);
    const [target] = await gate(url, deadline.signal);
    const wire = wireTo(url);

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

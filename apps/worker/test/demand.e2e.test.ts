import { once } from "node:events";
import { createServer, type Server } from "node:http";
import type { AddressInfo } from "node:net";
import { join } from "node:path";
import { afterAll, beforeAll, describe, expect, it } from "@jest/globals";
import { mostIn } from "@picket/testing";
import { createPlatform, FIXTURES, type Platform } from "./harness.ts";

const RPS = 20;
const CONCURRENCY = 4;

let platform: Platform;
let server: Server;
let requests = 0;
const sockets = { open: 0, most: 0 };
const inFlight = { now: 0, most: 0 };

/** Every second page redirects to one more; now and then a connection is lost before its answer. */
beforeAll(async () => {
  server = createServer(({ url = "", socket }, response) => {
    requests += 1;
    inFlight.now += 1;
    inFlight.most = Math.max(inFlight.most, inFlight.now);
    response.once("close", () => {
      inFlight.now -= 1;
    });
    if (requests % 100 === 0) return void socket.destroy();
    const isFirst = /^\/\d*[02468]$/.test(url);
    if (isFirst) return void response.writeHead(302, { location: `${url}/more` }).end();
    response.end("<p>Hello</p>");
  });
  server.on("connection", (socket) => {
    sockets.open += 1;
    sockets.most = Math.max(sockets.most, sockets.open);
    socket.once("close", () => {
      sockets.open -= 1;
    });
  });
  server.listen(0, "127.0.0.1");
  await once(server, "listening");
  platform = await createPlatform();
  await platform.startWorker({ PLUGIN_DIRS: join(FIXTURES, "demanding") });
}, 120_000);
afterAll(async () => {
  await platform.close();
  server.closeAllConnections();
  server.close();
}, 60_000);

/** When each request was sent, ms: on a busy machine, when it arrives depends on more than the sender. */
async function sent(scanId: string): Promise<number[]> {
  const rows = await platform.rows<{ at: number }>(
    'SELECT extract(epoch FROM started_at)::float8 * 1000 AS at FROM "fetch" WHERE scan_id = $1::uuid ORDER BY 1',
    scanId,
  );
  return rows.map(({ at }) => at);
}

describe("a plugin that asks for twenty times its target's budget at once", () => {
  it("gets no more than the budget in any second, redirects and repeats included, on no more sockets than it admits", async () => {
    const { port } = server.address() as AddressInfo;
    const budget = { rps: RPS, concurrency: CONCURRENCY, maxRuntimeSeconds: 120 };
    const targetId = await platform.target({ baseUrl: `http://127.0.0.1:${port}/`, budget });
    const scanId = await platform.startScan(targetId);
    await platform.scanEnd(scanId, 110_000);
    const times = await sent(scanId);
    expect(times.length).toBeGreaterThan(600);
    expect(times).toHaveLength(requests);
    expect(mostIn(1_000, times)).toBeLessThanOrEqual(RPS + 1);
    expect(inFlight.most).toBeLessThanOrEqual(CONCURRENCY);
    // The end of one that the worker closed may be seen after the beginning of the next.
    expect(sockets.most).toBeLessThanOrEqual(CONCURRENCY + 1);
    expect(sockets.most).toBeGreaterThan(1);
  }, 150_000);
});

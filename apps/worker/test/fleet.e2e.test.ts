import { once } from "node:events";
import { createServer, type Server } from "node:http";
import type { AddressInfo } from "node:net";
import { join } from "node:path";
import { setTimeout as sleep } from "node:timers/promises";
import { afterAll, afterEach, beforeAll, describe, expect, it } from "@jest/globals";
import { requestScanCancel } from "@picket/db";
import { waitFor } from "@picket/testing";
import { createPlatform, FIXTURES, type Platform } from "./harness.ts";

/** A fleet of two workers with six slots; its plugin `waiter` asks for pages until it is stopped. */
let platform: Platform;
const servers: Server[] = [];

beforeAll(async () => {
  platform = await createPlatform();
  const env = { PLUGIN_DIRS: join(FIXTURES, "waiting"), WORKER_CONCURRENCY: "3" };
  await Promise.all([platform.startWorker(env), platform.startWorker(env)]);
}, 120_000);
afterEach(async () => {
  const open = await platform.rows<{ id: string }>("SELECT id FROM scan WHERE finished_at IS NULL");
  await Promise.all(open.map(({ id }) => cancel(id)));
  await Promise.all(open.map(({ id }) => platform.scanEnd(id)));
});
afterAll(async () => {
  await platform.close();
  for (const server of servers) {
    server.closeAllConnections();
    server.close();
  }
}, 60_000);

interface Target {
  id: string;
  /** When each of its requests came, as `performance.now()`. */
  requests: number[];
}

async function newTarget(): Promise<Target> {
  const requests: number[] = [];
  const server = createServer((_request, response) => {
    requests.push(performance.now());
    response.end("<p>Hello</p>");
  });
  server.listen(0, "127.0.0.1");
  await once(server, "listening");
  servers.push(server);
  const { port } = server.address() as AddressInfo;
  const budget = { rps: 100, concurrency: 10, maxRuntimeSeconds: 120 };
  return { id: await platform.target({ baseUrl: `http://127.0.0.1:${port}/`, budget }), requests };
}

async function cancel(scanId: string): Promise<void> {
  await requestScanCancel(platform.database, { scanId, actor: "test" });
  await platform.queue.enqueueAdvance(scanId);
}

const started = (scanId: string) => async () => {
  const runs = await platform.rows(
    "SELECT 1 FROM module_run WHERE scan_id = $1::uuid AND attempt > 0",
    scanId,
  );
  return runs.length > 0;
};

async function inHand(): Promise<number> {
  const runs = await platform.rows("SELECT 1 FROM module_run WHERE status = 'running'");
  return runs.length;
}

describe("the fleet", () => {
  it("has a slot for another target while one holds all it may", async () => {
    const slow = await newTarget();
    await Promise.all(Array.from({ length: 8 }, () => platform.startScan(slow.id)));
    await waitFor(async () => (await inHand()) >= 5, { timeoutMs: 20_000 });
    // One ends and another starts: for a moment there may be fewer.
    const counts: number[] = [];
    while (counts.length < 10) {
      counts.push(await inHand());
      await sleep(100);
    }
    expect(Math.max(...counts)).toBe(5);
    const other = await platform.startScan((await newTarget()).id);
    await waitFor(started(other), { timeoutMs: 5_000, what: "the other target's start" });
  }, 60_000);

  it("starts what a person asks for at once, whatever the clock has piled up", async () => {
    const targets = await Promise.all(Array.from({ length: 8 }, newTarget));
    await Promise.all(targets.map(({ id }) => platform.startScan(id, { mode: "scheduled" })));
    await waitFor(async () => (await inHand()) >= 5, { timeoutMs: 20_000 });
    const scan = await platform.startScan((await newTarget()).id);
    await waitFor(started(scan), { timeoutMs: 5_000, what: "the interactive scan's start" });
  }, 60_000);

  it("sends nothing more a second after a stop was published, with no worker woken up for it", async () => {
    const target = await newTarget();
    const scan = await platform.startScan(target.id);
    await waitFor(() => target.requests.length > 20, { timeoutMs: 20_000 });
    await requestScanCancel(platform.database, { scanId: scan, actor: "test" });
    const asked = performance.now();
    await platform.queue.stopScans([scan]);
    expect(await platform.scanEnd(scan)).toBe("cancelled");
    await sleep(1_000);
    expect((target.requests.at(-1) ?? 0) - asked).toBeLessThan(1_000);
  }, 60_000);

  it("sends nothing more a second after a scan was cancelled, and leaves no run behind", async () => {
    const target = await newTarget();
    const scans = await Promise.all([platform.startScan(target.id), platform.startScan(target.id)]);
    await waitFor(() => target.requests.length > 40, { timeoutMs: 20_000 });
    const asked = performance.now();
    await Promise.all(scans.map(cancel));
    for (const scan of scans) expect(await platform.scanEnd(scan)).toBe("cancelled");
    expect((target.requests.at(-1) ?? 0) - asked).toBeLessThan(1_000);
    await sleep(1_500);
    expect((target.requests.at(-1) ?? 0) - asked).toBeLessThan(1_000);
    expect(await inHand()).toBe(0);
  }, 60_000);
});

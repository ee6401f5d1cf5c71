import { once } from "node:events";
import { createServer, type Server } from "node:http";
import type { AddressInfo } from "node:net";
import { setTimeout as sleep } from "node:timers/promises";
import { afterAll, beforeAll, describe, expect, it } from "@jest/globals";
import { AppError } from "@picket/core";
import { type Database, readScanSnapshot } from "@picket/db";
import { silentLogger } from "@picket/logging";
import { waitFor } from "@picket/testing";
import type { Response as ExpressResponse } from "express";
import { createScanStreams, type ScanStreams } from "../src/scans/scan-streams.ts";
import { seedScan, setScanStatus } from "./support/seed.ts";
import { startTestApi, type TestApi } from "./support/test-api.ts";

const POLL_MS = 50;

let api: TestApi;
let server: Server;
let streams: ScanStreams;
let url: string;
let reads = 0;
let isAllowed = true;

/** The test's own streams over HTTP: they poll fast, and count how often they read the database. */
beforeAll(async () => {
  api = await startTestApi();
  const { database } = api;
  const counted: Database = {
    ...database,
    sql: {
      query(text, values) {
        reads++;
        return database.sql.query(text, values);
      },
    },
  };
  streams = createScanStreams({
    database: counted,
    logger: silentLogger(),
    pollMs: POLL_MS,
    heartbeatMs: 40,
  });
  server = createServer(async (request, response) => {
    const snapshot = await readScanSnapshot(database.sql, request.url?.slice(1) ?? "");
    if (!snapshot) throw new Error("there is no such scan");
    streams.open(snapshot, {
      response: response as ExpressResponse,
      lastEventId: null,
      async assertAllowed() {
        if (!isAllowed) throw new AppError("UNAUTHENTICATED", "revoked");
      },
    });
  });
  await once(server.listen(0, "127.0.0.1"), "listening");
  url = `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
});

afterAll(async () => {
  streams.close();
  server.closeAllConnections();
  server.close();
  await api.stop();
});

async function follow(scanId: string) {
  const controller = new AbortController();
  const response = await fetch(`${url}/${scanId}`, { signal: controller.signal });
  let text = "";
  const read = async () => {
    for await (const chunk of response.body ?? []) text += Buffer.from(chunk).toString();
  };
  const ended = read().catch(() => undefined);
  return { text: () => text, ended, leave: () => controller.abort() };
}

describe("createScanStreams", () => {
  it("reads a scan once per interval for all who follow it, and not at all for nobody", async () => {
    const { scanId } = await seedScan(api);
    const followers = await Promise.all(Array.from({ length: 20 }, () => follow(scanId)));
    reads = 0;
    await sleep(POLL_MS * 10);
    expect(reads).toBeGreaterThan(0);
    expect(reads).toBeLessThanOrEqual(11);

    for (const { leave } of followers) leave();
    await sleep(POLL_MS * 4);
    reads = 0;
    await sleep(POLL_MS * 4);
    expect(reads).toBe(0);
  });

  it("polls once again when someone comes back", async () => {
    const { scanId } = await seedScan(api);
    for (let count = 0; count < 5; count++) (await follow(scanId)).leave();
    const last = await follow(scanId);
    await sleep(POLL_MS * 4);
    reads = 0;
    await sleep(POLL_MS * 10);
    expect(reads).toBeLessThanOrEqual(11);
    await setScanStatus(api.database.sql, scanId, "running");
    await setScanStatus(api.database.sql, scanId, "succeeded");
    await last.ended;
    expect(last.text()).toContain("event: end");
  });

  it("gives signs of life, and ends when the token is no longer valid", async () => {
    const { scanId } = await seedScan(api);
    const { text, ended } = await follow(scanId);
    await waitFor(() => (text().match(/^: alive$/gm) ?? []).length >= 2);
    isAllowed = false;
    await ended;
    isAllowed = true;
    expect(text()).not.toContain("event: end");
  });
});

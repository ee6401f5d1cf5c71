import { join } from "node:path";
import { setTimeout as sleep } from "node:timers/promises";
import { afterAll, beforeAll, describe, expect, it } from "@jest/globals";
import type { HealthSignal } from "@picket/core";
import { requestScanCancel } from "@picket/db";
import { type RunningLab, startLab } from "@picket/lab";
import { startPrivateRedis } from "@picket/testing";
import { createFleet, type Fleet } from "./fleet.ts";
import { createPlatform, FIXTURES, type Platform } from "./harness.ts";
import { midRun, runOf } from "./scan-result.ts";

let platform: Platform;
let lab: RunningLab;
let fleet: Fleet;

const plugins = (...groups: string[]) => ({
  PLUGIN_DIRS: groups.map((group) => join(FIXTURES, group)).join(":"),
});
const STEADY = plugins("steady");

beforeAll(async () => {
  platform = await createPlatform();
  lab = await startLab("vulnerable");
  fleet = createFleet(platform);
}, 120_000);
afterAll(async () => {
  await lab.stop();
  await platform.close();
}, 60_000);

async function newTarget(maxRuntimeSeconds = 120): Promise<string> {
  return platform.target({ baseUrl: `${lab.url}/`, budget: { maxRuntimeSeconds } });
}

async function steadyScan(): Promise<string> {
  return platform.startScan(await newTarget());
}

async function scanRow(scanId: string) {
  const [scan] = await platform.rows<{ health: HealthSignal[]; level: string; actions: string[] }>(
    `SELECT health, isolation_level AS level,
            ARRAY(SELECT action::text FROM audit_event a WHERE a.scan_id = s.id ORDER BY seq) AS actions
     FROM scan s WHERE id = $1::uuid`,
    scanId,
  );
  return scan;
}

it("a run in hand ends where it is when its worker is asked to stop and given time", async () => {
  await fleet.have(2, STEADY);
  const scanId = await steadyScan();
  const leaving = await fleet.worker((await midRun(platform, scanId, "steady")).workerId);
  expect(await fleet.forget(leaving).stop()).toBe(0);
  expect(await runOf(platform, scanId, "steady")).toMatchObject({ attempt: 1, status: "succeeded" });
  expect(await platform.scanEnd(scanId)).toBe("succeeded");
}, 120_000);

describe("a scan", () => {
  it("that is cancelled stops within two seconds and keeps what it found", async () => {
    await fleet.have(1, plugins("waiting"));
    const scanId = await steadyScan();
    await midRun(platform, scanId, "waiter");
    const askedAt = performance.now();
    await requestScanCancel(platform.database, { scanId, actor: "token:test" });
    await platform.queue.enqueueAdvance(scanId);
    expect(await platform.scanEnd(scanId)).toBe("cancelled");
    expect(performance.now() - askedAt).toBeLessThan(3_000);
    const sent = lab.requests().length;
    expect(await runOf(platform, scanId, "waiter")).toMatchObject({
      status: "cancelled",
      exitReason: "cancelled",
    });
    expect(await runOf(platform, scanId, "cookies")).toMatchObject({ status: "cancelled", attempt: 0 });
    const found = await platform.rows("SELECT 1 FROM observation WHERE scan_id = $1::uuid", scanId);
    expect(found.length).toBeGreaterThan(0);
    await sleep(500);
    expect(lab.requests()).toHaveLength(sent);
  }, 60_000);

  it("that comes to its deadline is timed out and keeps what it found", async () => {
    await fleet.have(1, plugins("waiting"));
    const scanId = await platform.startScan(await newTarget(3));
    expect(await platform.scanEnd(scanId)).toBe("timed_out");
    expect(await runOf(platform, scanId, "waiter")).toMatchObject({
      status: "timed_out",
      exitReason: "timed_out",
    });
    expect(await runOf(platform, scanId, "cookies")).toMatchObject({
      status: "timed_out",
      reason: "the scan's deadline came first",
    });
    const found = await platform.rows("SELECT 1 FROM observation WHERE scan_id = $1::uuid", scanId);
    expect(found.length).toBeGreaterThan(0);
  }, 60_000);

  it("with a plugin that crashes is partially succeeded, the others untouched; one not granted is named", async () => {
    await fleet.have(1, plugins("crashing", "greedy"));
    const scanId = await steadyScan();
    expect(await platform.scanEnd(scanId)).toBe("partially_succeeded");
    expect(await runOf(platform, scanId, "crasher")).toMatchObject({
      status: "failed",
      exitReason: "crashed",
      reason: expect.stringContaining("exit code 3"),
      attempt: 1,
    });
    const kept = await platform.rows(
      `SELECT 1 FROM scan_endpoint s JOIN endpoint e ON e.id = s.endpoint_id
       WHERE s.scan_id = $1::uuid AND e.url LIKE '%/before-the-crash'`,
      scanId,
    );
    expect(kept).toHaveLength(1);
    expect(await runOf(platform, scanId, "greedy")).toMatchObject({
      status: "skipped",
      reason: "profile standard does not grant http:intrusive, dns:resolve",
      attempt: 0,
    });
    for (const plugin of ["crawl", "cookies", "security-headers"])
      expect(await runOf(platform, scanId, plugin)).toMatchObject({ status: "succeeded" });
    const scan = await scanRow(scanId);
    expect(scan?.health).toEqual(
      expect.arrayContaining([
        expect.objectContaining({ code: "plugin_crashed", detail: expect.stringContaining("crasher") }),
        expect.objectContaining({ code: "plugin_skipped", detail: expect.stringContaining("greedy") }),
      ]),
    );
    expect(scan?.actions.at(0)).toBe("scan.started");
    expect(scan?.actions.at(-1)).toBe("scan.completed");
    expect(scan?.level).toBe((await runOf(platform, scanId, "crawl")).isolationLevel);
  }, 60_000);

  it("leaves a run to the worker that has its code, and says so when there is none", async () => {
    const [knowing] = await fleet.have(1, STEADY);
    await platform.startWorker({});
    const scanId = await steadyScan();
    expect(await platform.scanEnd(scanId)).toBe("succeeded");
    expect(await knowing?.log()).toContain((await runOf(platform, scanId, "steady")).workerId);
    await fleet.have(0, STEADY);
    const orphan = await platform.startScan(await newTarget(4));
    await platform.rows(
      "UPDATE plugin_release SET last_seen_at = now() - interval '3 minutes' WHERE name = 'steady'",
    );
    expect(await platform.scanEnd(orphan)).toBe("timed_out");
    expect((await runOf(platform, orphan, "steady")).reason).toMatch(
      /^no worker offered steady 1\.0\.0 with code [0-9a-f]{12}/,
    );
  }, 90_000);
});

it("a worker whose Redis is away says so once in a while, and stops when asked", async () => {
  const redis = await startPrivateRedis();
  const worker = await platform.startWorker({ REDIS_URL: redis.url });
  await redis.stop();
  await sleep(2_000);
  const askedAt = performance.now();
  expect(await worker.stop()).toBe(0);
  expect(performance.now() - askedAt).toBeLessThan(5_000);
  const complaints = (await worker.log())
    .split("\n")
    .filter((line) => line.includes("Redis connection lost"));
  expect(complaints.length).toBeGreaterThan(0);
  expect(complaints.length).toBeLessThan(10);
}, 60_000);

describe("a worker that cannot start", () => {
  it.each([
    ["Redis", { REDIS_URL: "redis://127.0.0.1:1" }, /Redis does not answer: .*ECONNREFUSED.*\n.*REDIS_URL/],
    [
      "the database",
      { DATABASE_URL: "postgres://a:b@127.0.0.1:1/c" },
      /database cannot be used.*\n.*DATABASE_URL/,
    ],
    ["a setting", { LEASE_MS: "1" }, /LEASE_MS must be a whole number/],
    ["a plugin", plugins("broken"), /plugin refused: .*broken\/plugin\.ts: .*kebab-case.*\n.*PLUGIN_DIRS/],
    [
      "a plugin's data",
      { PLUGIN_DATA_DIR: join(FIXTURES, "data") },
      /client-libraries does not load with the data in .*: libraries\.json is no data file.*\n.*client-libraries/s,
    ],
    ["a plugin folder", { PLUGIN_DIRS: "/nowhere" }, /no plugin folder \/nowhere/],
  ])(
    "says that it is because of %s, and what to do",
    async (_, env, line) => {
      const { code, log } = await platform.startFailing(env);
      expect(log).toMatch(line);
      expect(code).toBe(1);
    },
    30_000,
  );
});

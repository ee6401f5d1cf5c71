import { afterAll, beforeAll, beforeEach, describe, expect, it } from "@jest/globals";
import { type Database, registerReleases, registerWorker } from "@picket/db";
import { releaseSeed, seedAttempt, seedEnd, seedScan, seedTarget } from "@picket/db/testing";
import { sweep } from "../src/maintenance/sweep.ts";
import { createWorkerParts, type WorkerParts } from "./worker-parts.ts";

let parts: WorkerParts;
let database: Database;
beforeAll(async () => {
  parts = await createWorkerParts();
  ({ database } = parts);
});
afterAll(() => parts.close());

/** A scan all of whose runs have ended, so that only its end is left to do. */
async function scanToEnd(): Promise<string> {
  const { targetId } = await seedTarget(database.sql, { baseUrl: "http://app.test/" });
  const { scanId, runIds } = await seedScan(database, targetId, { headers: {} });
  const run = await seedAttempt(database, runIds.headers ?? "");
  await seedEnd(database, run, { counters: { responses: 1 } });
  return scanId;
}

/** What no part of the platform writes, so that whoever judges the scan throws, however often it is tried. */
async function spoilEnd(scanId: string): Promise<void> {
  await database.sql.query("UPDATE module_run SET counters = 'null' WHERE scan_id = $1::uuid", [scanId]);
}

function sweepOnce(): Promise<void> {
  return sweep(parts);
}

async function scan(id: string) {
  const [row] = await database.sql.query(
    `SELECT status, finished_at IS NOT NULL AS "isOver", health->0->>'code' AS problem, health,
            ARRAY(SELECT action::text FROM audit_event WHERE scan_id = s.id ORDER BY seq) AS actions
     FROM scan s WHERE id = $1::uuid`,
    [id],
  );
  return row;
}

describe("a scan whose end fails again and again", () => {
  let spoilt: string;
  beforeEach(async () => {
    spoilt = await scanToEnd();
    await spoilEnd(spoilt);
  });

  it("holds up no scan that comes after it", async () => {
    const next = await scanToEnd();
    await sweepOnce();
    expect(await scan(spoilt)).toMatchObject({ status: "running", isOver: false });
    expect(await scan(next)).toMatchObject({ status: "succeeded", isOver: true });
  });

  it("ends as failed ten minutes after its deadline, and says why", async () => {
    const pass = (time: string) =>
      database.sql.query("UPDATE scan SET deadline = now() - $2::interval WHERE id = $1::uuid", [
        spoilt,
        time,
      ]);
    await pass("9 minutes");
    await sweepOnce();
    expect(await scan(spoilt)).toMatchObject({ isOver: false });
    await pass("11 minutes");
    await sweepOnce();
    const actions = ["scan.started", "module.run", "scan.completed"];
    expect(await scan(spoilt)).toMatchObject({
      status: "failed",
      isOver: true,
      problem: "not_judged",
      actions,
    });
  });
});

describe("a scan of code that no worker offers any more", () => {
  const digest = (character: string) => character.repeat(64);

  async function pass(seconds: number, plugin: string): Promise<void> {
    await database.sql.query(
      "UPDATE plugin_release SET last_seen_at = now() - make_interval(secs => $1) WHERE name = $2",
      [seconds, plugin],
    );
  }

  async function haveWorkerFor(seconds: number): Promise<void> {
    await registerWorker(database.sql, `worker-${seconds}`, 1);
    await database.sql.query("UPDATE worker SET started_at = now() - make_interval(secs => $1)", [seconds]);
  }

  const runs = (scanId: string) =>
    database.sql.query(
      `SELECT plugin, version, code_digest AS code, config, status, reason FROM module_run
       WHERE scan_id = $1::uuid ORDER BY plugin`,
      [scanId],
    );

  const hashOf = async (scanId: string) => {
    const [row] = await database.sql.query<{ hash: string }>(
      "SELECT config_hash AS hash FROM scan WHERE id = $1::uuid",
      [scanId],
    );
    return row?.hash;
  };

  const settings = (limit: number) => ({
    configSchema: { type: "object", properties: { limit: { type: "integer" }, depth: { type: "integer" } } },
    defaultConfig: { limit, depth: 1 },
  });

  it("is planned anew on the release that workers offer, with its own settings, while nothing of it has started", async () => {
    const { targetId } = await seedTarget(database.sql, { baseUrl: "http://app.test/" });
    const { scanId } = await seedScan(database, targetId, { upgraded: settings(5) });
    await database.sql.query(
      `UPDATE module_run SET config = '{"limit": 5, "depth": 7}' WHERE scan_id = $1::uuid AND plugin = 'upgraded'`,
      [scanId],
    );
    const before = await hashOf(scanId);
    await pass(30, "upgraded");
    await sweepOnce();
    expect(await hashOf(scanId)).toBe(before);
    const next = { ...settings(50), name: "upgraded", version: "2.0.0" };
    await registerReleases(database.sql, [releaseSeed(next, digest("a"))]);
    await sweepOnce();
    const [run] = (await runs(scanId)).filter(({ plugin }: { plugin?: string }) => plugin === "upgraded");
    expect(run).toMatchObject({
      version: "2.0.0",
      code: digest("a"),
      config: { limit: 50, depth: 7 },
      status: "queued",
    });
    expect(await hashOf(scanId)).not.toBe(before);
    expect(await scan(scanId)).toMatchObject({ isOver: false, actions: ["scan.started", "scan.replanned"] });
  });

  it("goes on without it after 60 s in which a worker was there, and says so", async () => {
    const { targetId } = await seedTarget(database.sql, { baseUrl: "http://app.test/" });
    const { scanId, runIds } = await seedScan(database, targetId, { present: {}, gone: {} });
    await database.sql.query(
      `UPDATE module_run SET status = 'skipped', reason = 'not in this test', finished_at = now()
       WHERE scan_id = $1::uuid AND plugin NOT IN ('present', 'gone')`,
      [scanId],
    );
    const present = await seedAttempt(database, runIds.present ?? "");
    await seedEnd(database, present, { counters: { responses: 1 } });
    const gone = async () =>
      (await runs(scanId)).find(({ plugin }: { plugin?: string }) => plugin === "gone");
    await pass(61, "gone");
    await haveWorkerFor(10);
    await sweepOnce();
    expect(await gone()).toMatchObject({ status: "queued" });
    await haveWorkerFor(61);
    await sweepOnce();
    expect(await gone()).toMatchObject({
      status: "skipped",
      reason: expect.stringMatching(/^no worker offers gone 1\.0\.0 with code [0-9a-f]{12}$/),
    });
    expect(await scan(scanId)).toMatchObject({
      status: "partially_succeeded",
      isOver: true,
      health: expect.arrayContaining([expect.objectContaining({ code: "plugin_skipped", level: "medium" })]),
    });
  });
});

import { beforeEach, describe, expect, it } from "@jest/globals";
import type { ScanMode } from "@picket/core";
import { admitRuns, registerWorker, unregisterWorker } from "../src/scans/admission-store.ts";
import { claimModuleRun, releaseModuleRun } from "../src/scans/module-run-store.ts";
import { requestScanCancel } from "../src/scans/request-scan-cancel.ts";
import { seedTarget } from "../src/testing/seed.ts";
import { seedEnd, seedScan } from "../src/testing/seed-scan.ts";
import { useDatabase } from "./use-database.ts";

const { database } = await useDatabase();
let targets = 0;

beforeEach(async () => {
  await database.sql.query(
    "UPDATE scan SET finished_at = now(), status = 'failed' WHERE finished_at IS NULL",
  );
  await database.sql.query("DELETE FROM worker");
  // A scan takes every plugin on offer.
  await database.sql.query("UPDATE plugin_release SET last_seen_at = '2000-01-01'");
  await registerWorker(database.sql, "w", 4);
});

const PLUGINS = { a: {}, b: {}, c: {}, d: {}, e: {}, f: {} };

async function scan(mode: ScanMode = "interactive", plugins: Parameters<typeof seedScan>[2] = PLUGINS) {
  targets += 1;
  const { targetId } = await seedTarget(database.sql, { baseUrl: `http://app-${targets}.test/` });
  return scanOf(targetId, mode, plugins);
}

async function scanOf(targetId: string, mode: ScanMode, plugins: Parameters<typeof seedScan>[2] = PLUGINS) {
  const seeded = await seedScan(database, targetId, plugins);
  await database.sql.query(
    "UPDATE scan SET mode = $2::scan_mode, open_stage = (SELECT min(stage) FROM module_run WHERE scan_id = $1::uuid) WHERE id = $1::uuid",
    [seeded.scanId, mode],
  );
  return { ...seeded, targetId };
}

async function admittedOf(...scans: { scanId: string }[]): Promise<number[]> {
  const runs = await admitRuns(database);
  const ids = runs.map(({ moduleRunId }) => moduleRunId);
  const rows = await database.sql.query<{ scanId: string }>(
    `SELECT scan_id AS "scanId" FROM module_run WHERE id = ANY($1::uuid[])`,
    [ids],
  );
  return scans.map(({ scanId }) => rows.filter((row) => row.scanId === scanId).length);
}

const claim = { workerId: "w", leaseMs: 60_000, isolationLevel: "sandbox" } as const;

describe("the fleet's slots", () => {
  it("go to runs of the open stage alone, and once", async () => {
    const first = await scan("interactive", { crawl: { stage: "discover" }, a: {}, b: {} });
    expect(await admitRuns(database)).toMatchObject([
      { moduleRunId: first.runIds.crawl, attempt: 1, mode: "interactive" },
    ]);
    expect(await admitRuns(database)).toEqual([]);
  });

  it("are given once by any number of workers that ask at the same time", async () => {
    await scan();
    const all = await Promise.all(Array.from({ length: 8 }, () => admitRuns(database)));
    expect(all.flat()).toHaveLength(3);
  });

  it("come back when a run ends and when it is released, and a released run is given one again", async () => {
    await scan();
    const [first, second, third] = await admitRuns(database);
    if (!first || !second || !third) throw new Error("three slots were to be given");
    for (const run of [first, second]) await claimModuleRun(database, { ...claim, ...run });
    expect(await admitRuns(database)).toEqual([]);
    await releaseModuleRun(database.sql, first);
    await seedEnd(database, { ...second, targetId: (await targetOf(second.moduleRunId)) ?? "" });
    const next = await admitRuns(database);
    expect(next).toContainEqual({ ...first, attempt: 2 });
    expect(next).toHaveLength(2);
  });

  it("are not held by a slow target when another one comes", async () => {
    const slow = await scan();
    expect(await admittedOf(slow)).toEqual([3]);
    const other = await scan();
    expect(await admittedOf(slow, other)).toEqual([0, 1]);
  });

  it("go to what a person asked for before what the clock did, and never all to the clock", async () => {
    const scheduled = [
      await scan("scheduled"),
      await scan("scheduled"),
      await scan("scheduled"),
      await scan("scheduled"),
    ];
    expect((await admittedOf(...scheduled)).reduce((sum, count) => sum + count)).toBe(3);
    const [interactive, recheck] = [await scan("interactive", { a: {} }), await scan("recheck", { a: {} })];
    expect(await admittedOf(interactive, recheck)).toEqual([0, 1]);
  });

  it("are those of workers that gave a sign of life, and none without one", async () => {
    const waiting = await scan();
    await registerWorker(database.sql, "w2", 4);
    await database.sql.query("UPDATE worker SET seen_at = now() - interval '30 s' WHERE id = 'w2'");
    expect(await admittedOf(waiting)).toEqual([3]);
    await unregisterWorker(database.sql, "w");
    expect(await admittedOf(await scan())).toEqual([0]);
  });

  it("are not given to what no worker has the code for, nor to a scan that is cancelled", async () => {
    const [without, cancelled] = [await scan(), await scan()];
    await database.sql.query("UPDATE module_run SET code_digest = repeat('9', 64) WHERE scan_id = $1::uuid", [
      without.scanId,
    ]);
    await requestScanCancel(database, { scanId: cancelled.scanId, actor: "t" });
    expect(await admittedOf(without, cancelled)).toEqual([0, 0]);
  });

  it("are offered again when the job seems lost", async () => {
    const waiting = await scan("interactive", { a: {} });
    await admitRuns(database);
    await database.sql.query(
      "UPDATE module_run SET admitted_at = now() - interval '16 s' WHERE scan_id = $1::uuid",
      [waiting.scanId],
    );
    expect(await admitRuns(database)).toEqual([
      { moduleRunId: waiting.runIds.a, attempt: 1, mode: "interactive" },
    ]);
  });
});

async function targetOf(moduleRunId: string): Promise<string | undefined> {
  const [row] = await database.sql.query<{ id: string }>(
    "SELECT s.target_id AS id FROM scan s JOIN module_run r ON r.scan_id = s.id WHERE r.id = $1::uuid",
    [moduleRunId],
  );
  return row?.id;
}

import { afterAll, beforeAll, beforeEach, describe, expect, it } from "@jest/globals";
import { createDatabase, type Database, endModuleRun } from "@picket/db";
import { seedAttempt, seedScan, seedTarget } from "@picket/db/testing";
import { silentLogger } from "@picket/logging";
import { createScanQueue, createTargetBudgets, type ScanQueue, type TargetBudgets } from "@picket/queue";
import { createTestDatabase, createTestRedis, type TestDatabase, type TestRedis } from "@picket/testing";
import { sweep } from "../src/maintenance/sweep.ts";

let test: TestDatabase;
let redis: TestRedis;
let database: Database;
let queue: ScanQueue;
let budgets: TargetBudgets;

beforeAll(async () => {
  [test, redis] = await Promise.all([createTestDatabase(), createTestRedis()]);
  database = createDatabase({ url: test.appUrl, applicationName: "test" });
  const connection = { redisUrl: redis.url, prefix: redis.prefix };
  [queue, budgets] = [createScanQueue(connection), createTargetBudgets(connection)];
});
afterAll(async () => {
  await Promise.all([queue.close(), budgets.close(), database.close()]);
  await Promise.all([test.drop(), redis.close()]);
});

/** A scan all of whose runs have ended, so that only its end is left to do. */
async function scanToEnd(): Promise<string> {
  const { targetId } = await seedTarget(database.sql, { baseUrl: "http://app.test/" });
  const { scanId, runIds } = await seedScan(database, targetId, { headers: {} });
  const run = await seedAttempt(database, runIds.headers ?? "");
  await endModuleRun(database, {
    ...run,
    target: { id: targetId },
    status: "succeeded",
    exitReason: "completed",
    reason: null,
    counters: { responses: 1 },
    coverage: [],
    actor: "worker:test",
  });
  return scanId;
}

/** What no part of the platform writes, so that whoever judges the scan throws, however often it is tried. */
async function spoilEnd(scanId: string): Promise<void> {
  await database.sql.query("UPDATE module_run SET counters = 'null' WHERE scan_id = $1::uuid", [scanId]);
}

function sweepOnce(): Promise<void> {
  return sweep({ database, queue, budgets, logger: silentLogger(), workerId: "test" });
}

async function scan(id: string) {
  const [row] = await database.sql.query(
    `SELECT status, finished_at IS NOT NULL AS "isOver", health->0->>'code' AS problem,
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
    expect(await scan(spoilt)).toEqual({ status: "failed", isOver: true, problem: "not_judged", actions });
  });
});

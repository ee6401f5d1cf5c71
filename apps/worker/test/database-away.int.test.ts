import { setTimeout as sleep } from "node:timers/promises";
import { afterAll, beforeAll, beforeEach, expect, it } from "@jest/globals";
import { AppError } from "@picket/core";
import { type Database, planScan, registerReleases } from "@picket/db";
import { planSeed, releaseSeed, seedTarget } from "@picket/db/testing";
import type { PluginRunner } from "@picket/plugin-runner";
import { advanceScan } from "../src/scan/advance-scan.ts";
import { runModule } from "../src/scan/run-module.ts";
import { useBodies } from "./use-bodies.ts";
import { atOnce, createWorkerParts, withoutSandbox } from "./worker-parts.ts";

const parts = await createWorkerParts();
const bodies = await useBodies();
const release = releaseSeed({ name: "crawl", stage: "discover" });
const byDigest = new Map([[release.codeDigest, { ...release, bundlePath: "", dir: "" }]]);
const { database } = parts;
let job: { moduleRunId: string; attempt: number };

beforeAll(() => registerReleases(database.sql, [release]));
beforeEach(async () => {
  const { targetId } = await seedTarget(database.sql, { baseUrl: "http://app.test/" });
  const { scanId } = await planScan(database, planSeed(targetId, { plugins: ["crawl"] }));
  await advanceScan(parts, scanId);
  const [run] = await database.sql.query<{ id: string }>(
    "SELECT id FROM module_run WHERE scan_id = $1::uuid",
    [scanId],
  );
  job = { moduleRunId: run?.id ?? "", attempt: 1 };
});
afterAll(() => parts.close());

const away = () => new AppError("DATABASE_UNAVAILABLE", "for this test");

function workerOn(database: Database, run: PluginRunner["run"]) {
  return withoutSandbox({ ...parts, ...bodies, database }, { run, byDigest });
}

async function outcome() {
  const [run] = await database.sql.query("SELECT status, attempt FROM module_run WHERE id = $1::uuid", [
    job.moduleRunId,
  ]);
  return run;
}

/** Commits its next transaction and breaks off before it says so. */
function breakingOff(): Database {
  let isNext = true;
  return {
    ...database,
    async transaction(work) {
      const result = await database.transaction(work);
      if (!isNext) return result;
      isNext = false;
      throw away();
    },
  };
}

it("a run whose claim was granted to nobody's knowledge is run at its first attempt, once", async () => {
  let executed = 0;
  const worker = workerOn(breakingOff(), async () => {
    executed += 1;
    return atOnce("completed");
  });
  await Promise.all([runModule(worker, job), runModule(worker, job)]);
  expect(await outcome()).toEqual({ status: "succeeded", attempt: 1 });
  expect(executed).toBe(1);
});

it("a plugin that reads what is recorded while the database is away waits for it", async () => {
  let isAway = false;
  const query: Database["sql"]["query"] = async (...asked) => {
    if (isAway) throw away();
    return database.sql.query(...asked);
  };
  const worker = workerOn({ ...database, sql: { query } }, async (_, { session }) => {
    isAway = true;
    const reading = session.endpoints({ cursor: null, limit: 10 });
    await sleep(300);
    isAway = false;
    expect((await reading).items).toEqual([]);
    return atOnce("completed");
  });
  await runModule(worker, job);
  expect(await outcome()).toEqual({ status: "succeeded", attempt: 1 });
});

import { afterAll, expect, it } from "@jest/globals";
import { AppError } from "@picket/core";
import { type Database, planScan, registerReleases } from "@picket/db";
import { planSeed, releaseSeed, seedTarget } from "@picket/db/testing";
import { advanceScan } from "../src/scan/advance-scan.ts";
import { runModule } from "../src/scan/run-module.ts";
import { useBodies } from "./use-bodies.ts";
import { atOnce, createWorkerParts, withoutSandbox } from "./worker-parts.ts";

const parts = await createWorkerParts();
const bodies = await useBodies();
afterAll(() => parts.close());

const release = releaseSeed({ name: "crawl", stage: "discover" });
let executed = 0;
const plugins = {
  byDigest: new Map([[release.codeDigest, { ...release, bundlePath: "", dir: "" }]]),
  run: async () => {
    executed += 1;
    return atOnce("completed");
  },
};

/** Commits its next transaction and breaks off before it says so. */
function breakingOff(database: Database): Database {
  let isNext = true;
  return {
    ...database,
    async transaction(work) {
      const result = await database.transaction(work);
      if (!isNext) return result;
      isNext = false;
      throw new AppError("DATABASE_UNAVAILABLE", "the connection broke while committing");
    },
  };
}

it("a run whose claim was granted to nobody's knowledge is run at its first attempt, once", async () => {
  const { database } = parts;
  await registerReleases(database.sql, [release]);
  const { targetId } = await seedTarget(database.sql, { baseUrl: "http://app.test/" });
  const { scanId } = await planScan(database, planSeed(targetId, { plugins: ["crawl"] }));
  const deps = withoutSandbox({ ...parts, ...bodies }, plugins);
  await advanceScan(deps, scanId);
  const runs = () =>
    database.sql.query<{ id: string; status: string; attempt: number }>(
      "SELECT id, status, attempt FROM module_run WHERE scan_id = $1::uuid",
      [scanId],
    );
  const [{ id: moduleRunId = "" } = {}] = await runs();
  const job = { moduleRunId, attempt: 1 };
  const unlucky = { ...deps, database: breakingOff(database) };
  await Promise.all([runModule(unlucky, job), runModule(unlucky, job)]);
  expect(await runs()).toEqual([{ id: moduleRunId, status: "succeeded", attempt: 1 }]);
  expect(executed).toBe(1);
});

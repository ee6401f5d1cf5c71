import { afterAll, beforeAll, expect, it } from "@jest/globals";
import { seedAttempt, seedEnd, seedScan, seedTarget } from "@picket/db/testing";
import { admit } from "../src/scan/admit.ts";
import { advanceAfterRun } from "../src/scan/advance-scan.ts";
import { chaosTerms, quantile, reportChaos } from "./chaos-terms.ts";
import { createWorkerParts, type WorkerParts } from "./worker-parts.ts";

/** Runs that are in hand at the same time. */
const AT_ONCE = 8;
/** Of 20 runs one fails. */
const FAILS_EVERY = 20;
const { amount: RUNS, seed } = chaosTerms(400);

let parts: WorkerParts;
beforeAll(async () => {
  parts = await createWorkerParts();
});
afterAll(() => parts.close());

it(`a scan of ${RUNS} module runs closes within 5 s of the last, and its summary is what a recount gives`, async () => {
  const { database } = parts;
  const { targetId } = await seedTarget(database.sql, {
    baseUrl: "http://app.test/",
    budget: { maxRuntimeSeconds: 86_400 },
  });
  const plugins = Object.fromEntries(
    Array.from({ length: RUNS }, (_, index) => [`plugin-${index}`, { stage: "discover" as const }]),
  );
  const { scanId, runIds } = await seedScan(database, targetId, plugins);
  const waiting = Object.values(runIds).entries();
  const tookMs: number[] = [];
  let lastEndedAt = 0;
  const finish = async (index: number, moduleRunId: string) => {
    const failed = index % FAILS_EVERY === 0;
    const run = await seedAttempt(database, moduleRunId);
    await seedEnd(database, run, {
      counters: { requests: 1, responses: 1 },
      ...(failed && { status: "failed", exitReason: "crashed", reason: "for this test" }),
    });
    lastEndedAt = performance.now();
    await advanceAfterRun(parts, scanId);
    await admit(parts);
    tookMs.push(performance.now() - lastEndedAt);
  };
  const takeRuns = async () => {
    for (const [index, moduleRunId] of waiting) await finish(index, moduleRunId);
  };
  await Promise.all(Array.from({ length: AT_ONCE }, takeRuns));
  const closedMs = Math.round(performance.now() - lastEndedAt);
  const [scan] = await database.sql.query<{ status: string; ends: number; failed: number; jobs: number }>(
    `SELECT status, (SELECT count(*) FROM audit_event WHERE scan_id = s.id AND action = 'module.run')::int AS ends,
              (SELECT count(*) FROM module_run WHERE scan_id = s.id AND status = 'failed')::int AS failed
       FROM scan s WHERE id = $1::uuid`,
    [scanId],
  );
  const figures = { seed, runs: RUNS, closedMs, advanceP50Ms: Math.round(quantile(tookMs, 0.5)) };
  await reportChaos({ ...figures, advanceP99Ms: Math.round(quantile(tookMs, 0.99)) });
  expect(scan).toEqual({ status: "partially_succeeded", ends: RUNS, failed: RUNS / FAILS_EVERY });
  expect(closedMs).toBeLessThan(5_000);
}, 7_200_000);

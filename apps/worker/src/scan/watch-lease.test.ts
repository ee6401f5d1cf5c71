import { expect, it } from "@jest/globals";
import type { Database } from "@picket/db";
import { silentLogger } from "@picket/logging";
import { createRunRegistry } from "./run-registry.ts";
import { watchLease } from "./watch-lease.ts";

const RUN = { scanId: "scan", moduleRunId: "run", attempt: 1 };
/** What a look that fails is usually followed by, ms. */
const USUAL_MS = 1_000;

/** Does not answer the first few looks; then it says that another worker has the run. */
function databaseThatReturns(failures: number): { database: Database; looks: number[] } {
  const looks: number[] = [];
  const query = async () => {
    looks.push(performance.now());
    if (looks.length <= failures) throw new Error("away");
    return [];
  };
  return { database: { sql: { query } } as unknown as Database, looks };
}

it("looks at the lease again soon after the database did not answer", async () => {
  const { database, looks } = databaseThatReturns(5);
  const control = createRunRegistry().open(RUN.scanId);
  const deps = { database, settings: { leaseMs: 30_000 }, logger: silentLogger(), workerId: "w" };
  const watched = { control, counters: () => ({}), problem: () => null, ended: control.signal };
  await watchLease(deps, RUN, watched);
  expect(control.cause()).toBe("lease_lost");
  const gaps = looks.slice(1).map((at, index) => at - (looks[index] ?? 0));
  expect(gaps).toHaveLength(5);
  expect(Math.max(...gaps)).toBeLessThan(USUAL_MS);
});

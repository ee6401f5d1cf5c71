import { beforeEach, describe, expect, it } from "@jest/globals";
import { MAX_ATTEMPTS } from "@picket/core";
import {
  type Claim,
  claimModuleRun,
  codeDigestToRun,
  endModuleRun,
  failStart,
  readLease,
  reapExpiredRuns,
  releaseModuleRun,
  renewLease,
} from "../src/scans/module-run-store.ts";
import { requestScanCancel } from "../src/scans/request-scan-cancel.ts";
import { keepScanRunning, lockOpenScan, scansToAdvance } from "../src/scans/scan-store.ts";
import { seedTarget } from "../src/testing/seed.ts";
import { seedAttempt, seedScan } from "../src/testing/seed-scan.ts";
import { useDatabase } from "./use-database.ts";

const { database } = await useDatabase();
let targetId: string;
let scanId: string;
let runs: { crawl: string; cookies: string };

beforeEach(async () => {
  ({ targetId } = await seedTarget(database.sql, { baseUrl: "http://app.test/" }));
  const seeded = await seedScan(database, targetId, { crawl: { stage: "discover" }, cookies: {} });
  scanId = seeded.scanId;
  runs = { crawl: seeded.runIds.crawl ?? "", cookies: seeded.runIds.cookies ?? "" };
});

function claim(moduleRunId: string, attempt: number, more: Partial<Claim> = {}) {
  const rest: Omit<Claim, "moduleRunId" | "attempt"> = {
    workerId: "w",
    leaseMs: 60_000,
    isolationLevel: "sandbox",
    ...more,
  };
  return claimModuleRun(database, { moduleRunId, attempt, ...rest });
}

/** As of a Postgres that has run for long. */
function reap(actor = "worker:w"): Promise<string[]> {
  return reapExpiredRuns(database, actor, 0);
}

async function runRow(id: string) {
  const [row] = await database.sql.query(
    `SELECT status, exit_reason, reason, attempt, counters, lease_until IS NOT NULL AS leased FROM module_run WHERE id = $1::uuid`,
    [id],
  );
  return row;
}

async function expire(id: string): Promise<void> {
  await database.sql.query("UPDATE module_run SET lease_until = now() - interval '1 s' WHERE id = $1::uuid", [
    id,
  ]);
}

function end(moduleRunId: string, attempt: number) {
  return endModuleRun(database, {
    moduleRunId,
    attempt,
    status: "succeeded",
    exitReason: "completed",
    reason: null,
    counters: { requests: 3 },
    target: { id: targetId },
    coverage: [],
    actor: "worker:w",
  });
}

async function auditedRuns(): Promise<number> {
  const rows = await database.sql.query(
    "SELECT 1 FROM audit_event WHERE scan_id = $1::uuid AND action = 'module.run'",
    [scanId],
  );
  return rows.length;
}

describe("claimModuleRun", () => {
  it("lets exactly one of many workers start a run", async () => {
    const claims = await Promise.all(Array.from({ length: 8 }, () => claim(runs.crawl, 1)));
    expect(claims.filter((claimed) => claimed !== null)).toHaveLength(1);
  });

  it("grants again what was granted to nobody's knowledge, to the same worker and once it has asked", async () => {
    await claim(runs.crawl, 1);
    expect(await claim(runs.crawl, 1)).toBeNull();
    expect(await claim(runs.crawl, 1, { isRepeated: true, workerId: "other" })).toBeNull();
    expect(await claim(runs.crawl, 2, { isRepeated: true })).toBeNull();
    expect(await claim(runs.crawl, 1, { isRepeated: true })).toMatchObject({ attempt: 1 });
    await end(runs.crawl, 1);
    expect(await claim(runs.crawl, 1, { isRepeated: true })).toBeNull();
  });

  it("gives all that is needed to run it", async () => {
    expect(await claim(runs.crawl, 1)).toMatchObject({
      scanId,
      plugin: "crawl",
      attempt: 1,
      config: {},
      profile: "standard",
      storageMode: "sampled",
      usedRequests: 0,
      target: { baseUrl: "http://app.test/", environment: "test", concurrency: 16 },
      scopeRules: [{ pattern: "app.test", ports: ["80"] }],
      remainingMs: expect.any(Number),
      scanStartedAt: expect.any(Date),
    });
  });

  it.each([
    ["a later attempt than the next", async () => claim(runs.crawl, 2)],
    ["a stage whose turn has not come", async () => claim(runs.cookies, 1)],
    [
      "a scan that is being cancelled",
      async () => {
        await requestScanCancel(database, { scanId, actor: "t" });
        return claim(runs.crawl, 1);
      },
    ],
    [
      "a scan past its deadline",
      async () => {
        await database.sql.query("UPDATE scan SET deadline = now() WHERE id = $1::uuid", [scanId]);
        return claim(runs.crawl, 1);
      },
    ],
  ])("refuses %s", async (_, attempt) => {
    expect(await attempt()).toBeNull();
    expect(await runRow(runs.crawl)).toMatchObject({ status: "queued", attempt: 0 });
  });

  it("starts the next stage when the last run of the one before has ended", async () => {
    await claim(runs.crawl, 1);
    expect(await claim(runs.cookies, 1)).toBeNull();
    await end(runs.crawl, 1);
    expect(await claim(runs.cookies, 1)).not.toBeNull();
  });

  it("tells which code a run needs only while it waits for this start", async () => {
    expect(await codeDigestToRun(database.sql, { moduleRunId: runs.crawl, attempt: 1 })).toMatch(
      /^[0-9a-f]{64}$/,
    );
    await claim(runs.crawl, 1);
    expect(await codeDigestToRun(database.sql, { moduleRunId: runs.crawl, attempt: 1 })).toBeNull();
    expect(await codeDigestToRun(database.sql, { moduleRunId: runs.crawl, attempt: 2 })).toBeNull();
  });
});

describe("a lease", () => {
  const held = { attempt: 1, leaseMs: 60_000, counters: { requests: 1 } };

  it("is renewed with the counters so far, and tells of a cancellation", async () => {
    await claim(runs.crawl, 1);
    const run = { ...held, moduleRunId: runs.crawl };
    expect(await renewLease(database.sql, run)).toBe("held");
    expect(await runRow(runs.crawl)).toMatchObject({ counters: { requests: 1 } });
    await requestScanCancel(database, { scanId, actor: "t" });
    expect([await readLease(database.sql, run), await renewLease(database.sql, run)]).toEqual([
      "cancelled",
      "cancelled",
    ]);
  });

  it("is lost to a later attempt, which a late worker can neither renew, release nor end", async () => {
    await claim(runs.crawl, 1);
    await expire(runs.crawl);
    expect(await reap("worker:other")).toEqual([scanId]);
    await claim(runs.crawl, 2);
    const late = { ...held, moduleRunId: runs.crawl };
    expect([await readLease(database.sql, late), await renewLease(database.sql, late)]).toEqual([
      "lost",
      "lost",
    ]);
    expect(await releaseModuleRun(database.sql, late)).toBe(false);
    await expect(end(runs.crawl, 1)).rejects.toMatchObject({ code: "STALE_ATTEMPT" });
    await failStart(database, { ...late, problem: "x", actor: "worker:w" });
    expect(await runRow(runs.crawl)).toMatchObject({ status: "running", attempt: 2 });
    expect(await auditedRuns()).toBe(0);
  });
});

describe("reapExpiredRuns", () => {
  it("leaves leases that hold alone", async () => {
    await claim(runs.crawl, 1);
    expect(await reap()).toEqual([]);
  });

  it("takes none while Postgres has just started: it was not there to be told of a renewal", async () => {
    await claim(runs.crawl, 1);
    await expire(runs.crawl);
    expect(await reapExpiredRuns(database, "worker:w", 86_400_000)).toEqual([]);
    expect(await reap()).toEqual([scanId]);
  });

  it("takes each run once, however many workers look", async () => {
    await claim(runs.crawl, 1);
    await expire(runs.crawl);
    const reaped = await Promise.all(Array.from({ length: 5 }, () => reap()));
    expect(reaped.flat()).toEqual([scanId]);
    expect(await runRow(runs.crawl)).toMatchObject({ status: "queued", attempt: 1, leased: false });
  });

  it("fails a run whose workers died too often, with the reason and an audit event; releases do not count", async () => {
    await seedAttempt(database, runs.crawl, 1);
    await releaseModuleRun(database.sql, { moduleRunId: runs.crawl, attempt: 1 });
    for (let attempt = 2; attempt <= MAX_ATTEMPTS + 1; attempt++) {
      expect(await runRow(runs.crawl)).toMatchObject({ status: "queued" });
      await seedAttempt(database, runs.crawl, attempt);
      await expire(runs.crawl);
      await reap();
    }
    expect(await runRow(runs.crawl)).toMatchObject({
      status: "failed",
      exit_reason: "crashed",
      reason: "its worker gave no sign of life, 3 times",
      counters: { released: 1 },
    });
    expect(await auditedRuns()).toBe(1);
  });
});

describe("failStart", () => {
  it("queues the run again, and fails it at the last try with the problem", async () => {
    for (let attempt = 1; attempt <= MAX_ATTEMPTS; attempt++) {
      await seedAttempt(database, runs.crawl, attempt);
      await failStart(database, {
        moduleRunId: runs.crawl,
        attempt,
        problem: "no store\u0000",
        actor: "worker:w",
      });
    }
    expect(await runRow(runs.crawl)).toMatchObject({
      status: "failed",
      exit_reason: "crashed",
      reason: "could not be run, 3 times: no store\ufffd",
    });
  });
});

describe("scansToAdvance", () => {
  const isDue = async () => (await scansToAdvance(database.sql)).includes(scanId);

  it("names a scan whose next stage is to be opened, and one that is to be ended", async () => {
    expect(await isDue()).toBe(false);
    await claim(runs.crawl, 1);
    expect(await isDue()).toBe(false);
    await end(runs.crawl, 1);
    expect(await isDue()).toBe(true);
    await keepScanRunning(database.sql, scanId, { stage: "inspect", level: null });
    expect(await isDue()).toBe(false);
    await claim(runs.cookies, 1);
    await end(runs.cookies, 1);
    expect(await isDue()).toBe(true);
  });

  it("names a scan to be cancelled whose later runs wait", async () => {
    await claim(runs.crawl, 1);
    await requestScanCancel(database, { scanId, actor: "t" });
    expect(await isDue()).toBe(true);
  });
});

describe("lockOpenScan", () => {
  it("does not hold up those who write results, and can be passed over", async () => {
    const writer = await seedAttempt(database, runs.crawl);
    await database.transaction(async (sql) => {
      expect(await lockOpenScan(sql, scanId)).toMatchObject({ id: scanId, status: "running" });
      expect(
        await database.transaction((other) => lockOpenScan(other, scanId, { skipLocked: true })),
      ).toBeNull();
      await database.sql.query(
        `INSERT INTO evidence (id, scan_id, module_run_id, kind, snippet, location, hash, redaction_version)
         VALUES (gen_random_uuid(), $1::uuid, $2::uuid, 'pattern', '', '{}', repeat('0', 64), 1)`,
        [scanId, writer.moduleRunId],
      );
    });
  });
});

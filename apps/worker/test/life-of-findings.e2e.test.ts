import { afterAll, beforeAll, describe, expect, it } from "@jest/globals";
import { LABS, type RunningLab, startLab } from "@picket/lab";
import { waitFor } from "@picket/testing";
import { createPlatform, type Platform } from "./harness.ts";

const FINDINGS = LABS.vulnerable.expectation.mustFind.length;
const SCANS_MS = 480_000;
/** A run whose turn has not come holds a slot and a connection. */
const ROOM = { WORKER_CONCURRENCY: "32", DATABASE_POOL_MAX: "50" };

let platform: Platform;
let lab: RunningLab;
let targetId: string;

beforeAll(async () => {
  platform = await createPlatform();
  lab = await startLab("vulnerable");
  targetId = await platform.target({ baseUrl: `${lab.url}/` });
  await platform.startWorker(ROOM);
}, 90_000);

afterAll(async () => {
  await lab.stop();
  await platform.close();
}, 60_000);

/** Another state of the same application: same address. */
async function deploy(name: "vulnerable" | "fixed"): Promise<void> {
  const port = Number(new URL(lab.url).port);
  await lab.stop();
  lab = await startLab(name, { port });
}

async function scan(): Promise<string> {
  const scanId = await platform.startScan(targetId);
  await platform.scanEnd(scanId, 120_000);
  return scanId;
}

interface HeldRun {
  id: string;
  plugin: string;
  stage: string;
  hasStarted: boolean;
}

/** Runs after the first stage that are not skipped, stage by stage. */
function laterRuns(scanId: string): Promise<HeldRun[]> {
  return platform.rows(
    `SELECT id, plugin, stage, started_at IS NOT NULL AS "hasStarted" FROM module_run
     WHERE scan_id = $1::uuid AND stage > 'discover' AND status <> 'skipped' ORDER BY stage, plugin`,
    scanId,
  );
}

/** A scan whose plugins start, within each stage, as `compare` sorts them. Returns in which order they should and did. */
async function shuffledScan(
  compare: (a: string, b: string) => number,
): Promise<{ said: Record<string, number>; asked: string[]; started: string[] }> {
  const scanId = await platform.startScan(targetId);
  const byStage = [...Map.groupBy(await laterRuns(scanId), ({ stage }) => stage).values()];
  const order = byStage.flatMap((runs) => runs.toSorted((a, b) => compare(a.plugin, b.plugin)));
  const started = await startInTurn(scanId, order);
  await platform.scanEnd(scanId, 120_000);
  return { said: await changes(scanId), asked: order.map(({ plugin }) => plugin), started };
}

/**
 * Holds the rows of runs, so that no worker can claim them, and lets go of one when the one before it has started: a
 * savepoint gives back what was locked after it. Returns what was seen to start after each.
 */
function startInTurn(scanId: string, order: readonly HeldRun[]): Promise<string[]> {
  return platform.database.transaction(async (sql) => {
    await sql.query("SET LOCAL idle_in_transaction_session_timeout = 0");
    for (const [turn, { id }] of [...order.entries()].reverse()) {
      await sql.query(`SAVEPOINT turn_${turn}`);
      await sql.query("SELECT 1 FROM module_run WHERE id = $1::uuid FOR UPDATE", [id]);
    }
    const started: string[] = [];
    const newlyStarted = async () => {
      const runs = (await laterRuns(scanId)).filter(({ hasStarted }) => hasStarted);
      const plugins = runs.map(({ plugin }) => plugin).filter((plugin) => !started.includes(plugin));
      return plugins.length > 0 ? plugins : null;
    };
    for (const [turn, { plugin }] of order.entries()) {
      await sql.query(`ROLLBACK TO SAVEPOINT turn_${turn}`);
      started.push(...(await waitFor(newlyStarted, { timeoutMs: 60_000, what: `${plugin}'s start` })));
    }
    return started;
  });
}

/** Orders of plugins within a stage. */
const ORDERS = {
  forth: (a: string, b: string) => a.localeCompare(b),
  back: (a: string, b: string) => b.localeCompare(a),
  byEnd: (a: string, b: string) => (a.at(-1) ?? "").localeCompare(b.at(-1) ?? "") || b.localeCompare(a),
};

/** How many findings the scan says what of, and which of them it did not observe, with the reason. */
async function changes(scanId: string): Promise<Record<string, number>> {
  const rows = await platform.rows<{ change: string; count: number }>(
    `SELECT c.change || coalesce(' ' || f.type || ': ' || c.reason, '') AS change, count(*)::int AS count
     FROM finding_change c JOIN finding f ON f.id = c.finding_id WHERE c.scan_id = $1::uuid GROUP BY 1`,
    scanId,
  );
  return Object.fromEntries(rows.map(({ change, count }) => [change, count]));
}

/** A request that fails on a busy machine costs a finding one scan, never a wrong word. */
async function sumOfTwoScans(change: string): Promise<number> {
  const scans = [await changes(await scan()), await changes(await scan())];
  return scans.reduce((sum, counts) => sum + (counts[change] ?? 0), 0);
}

async function newsCount(): Promise<number> {
  const sql = "SELECT 1 FROM finding WHERE target_id = $1::uuid AND is_news";
  return (await platform.rows(sql, targetId)).length;
}

function ids(): Promise<{ id: string }[]> {
  return platform.rows("SELECT id FROM finding WHERE target_id = $1::uuid ORDER BY id", targetId);
}

describe("the findings of a shop whose pages never look the same twice", () => {
  it(
    "are all new once, and all still present in three scans, by one worker and by four, in whatever order plugins run",
    async () => {
      expect(await changes(await scan())).toEqual({ new: FINDINGS });
      const said = { still_present: FINDINGS };

      const forth = await shuffledScan(ORDERS.forth);
      expect(forth.said).toEqual(said);
      expect(forth.started).toEqual(forth.asked);
      await Promise.all([1, 2, 3].map(() => platform.startWorker(ROOM)));
      const back = await shuffledScan(ORDERS.back);
      expect(back.said).toEqual(said);
      expect(back.started).toEqual(back.asked);
      const byEnd = await shuffledScan(ORDERS.byEnd);
      expect(byEnd.said).toEqual(said);
      expect(new Set([forth, back, byEnd].map(({ started }) => started.join())).size).toBe(3);
    },
    SCANS_MS,
  );

  it(
    "are none of them fixed when the shop goes away in the middle of a scan",
    async () => {
      const before = lab.requests().length;
      const scanId = await platform.startScan(targetId);
      const port = Number(new URL(lab.url).port);
      const isUnderWay = () => lab.requests().length >= before + 30;
      await waitFor(async () => isUnderWay(), { timeoutMs: 60_000, intervalMs: 5, what: "thirty requests" });
      await lab.stop();
      await platform.scanEnd(scanId, 120_000);
      lab = await startLab("vulnerable", { port });
      const { fixed, new: fresh, ...rest } = await changes(scanId);
      expect([fixed, fresh]).toEqual([undefined, undefined]);
      expect(Object.values(rest).reduce((sum, count) => sum + count, 0)).toBe(FINDINGS);
    },
    SCANS_MS,
  );

  it(
    "are all fixed when the shop is mended, and the same ones reopen when it is not",
    async () => {
      const known = await ids();
      await deploy("fixed");
      expect(await sumOfTwoScans("fixed")).toBe(FINDINGS);
      await deploy("vulnerable");
      expect(await sumOfTwoScans("reopened")).toBe(FINDINGS);
      expect(await ids()).toEqual(known);
    },
    SCANS_MS,
  );

  it(
    "stay news when the next scan cannot reach the shop",
    async () => {
      await deploy("fixed");
      await sumOfTwoScans("fixed");
      await deploy("vulnerable");
      await scan();
      const before = await newsCount();
      expect(before).toBeGreaterThan(0);

      const port = Number(new URL(lab.url).port);
      await lab.stop();
      expect(Object.keys(await changes(await scan()))).not.toContain("fixed");
      lab = await startLab("vulnerable", { port });
      expect(await newsCount()).toBe(before);
    },
    SCANS_MS,
  );
});

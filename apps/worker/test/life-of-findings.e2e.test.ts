import { afterAll, beforeAll, describe, expect, it } from "@jest/globals";
import { LABS, type RunningLab, startLab } from "@picket/lab";
import { createPlatform, type Platform } from "./harness.ts";

const FINDINGS = LABS.vulnerable.expectation.mustFind.length;
const SCANS_MS = 240_000;

let platform: Platform;
let lab: RunningLab;
let targetId: string;

beforeAll(async () => {
  platform = await createPlatform();
  lab = await startLab("vulnerable");
  targetId = await platform.target({ baseUrl: `${lab.url}/` });
  await platform.startWorker({ WORKER_CONCURRENCY: "1" });
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
    "are all new once, and all still present in three scans, by one worker and by four",
    async () => {
      expect(await changes(await scan())).toEqual({ new: FINDINGS });
      expect(await changes(await scan())).toEqual({ still_present: FINDINGS });
      await Promise.all([1, 2, 3].map(() => platform.startWorker()));
      expect(await changes(await scan())).toEqual({ still_present: FINDINGS });
      expect(await changes(await scan())).toEqual({ still_present: FINDINGS });
    },
    SCANS_MS,
  );

  it(
    "are none of them fixed when the shop goes away in the middle of a scan",
    async () => {
      const scanId = await platform.startScan(targetId);
      const port = Number(new URL(lab.url).port);
      while (lab.requests().length % 60 !== 30) await new Promise((resolve) => setTimeout(resolve, 5));
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

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

/** How many findings the scan says what of. */
async function changes(scanId: string): Promise<Record<string, number>> {
  const rows = await platform.rows<{ change: string; count: number }>(
    "SELECT change::text, count(*)::int AS count FROM finding_change WHERE scan_id = $1::uuid GROUP BY change",
    scanId,
  );
  return Object.fromEntries(rows.map(({ change, count }) => [change, count]));
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
      expect(await changes(await scan())).toEqual({ fixed: FINDINGS });
      await deploy("vulnerable");
      expect(await changes(await scan())).toEqual({ reopened: FINDINGS });
      expect(await ids()).toEqual(known);
    },
    SCANS_MS,
  );
});

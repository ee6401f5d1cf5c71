import { afterAll, beforeAll, describe, expect, it } from "@jest/globals";
import { expectationProblems, LABS, type ReportedFinding, type RunningLab, startLab } from "@picket/lab";
import { createPlatform, type Platform } from "./harness.ts";

let platform: Platform;
const labs: RunningLab[] = [];

beforeAll(async () => {
  platform = await createPlatform();
  await Promise.all([platform.startWorker(), platform.startWorker()]);
}, 90_000);
afterAll(async () => {
  await Promise.all(labs.map((lab) => lab.stop()));
  await platform.close();
}, 30_000);

async function lab(name: keyof typeof LABS): Promise<{ url: string; targetId: string }> {
  const running = await startLab(name);
  labs.push(running);
  return { url: running.url, targetId: await platform.target({ baseUrl: `${running.url}/` }) };
}

function reported(scanId: string): Promise<ReportedFinding[]> {
  return platform.rows<ReportedFinding>(
    `SELECT f.type, f.severity::text, array_agg(DISTINCT i.route) AS "where"
     FROM observation o JOIN finding f ON f.id = o.finding_id JOIN instance i ON i.id = o.instance_id
     WHERE o.scan_id = $1::uuid GROUP BY f.id`,
    scanId,
  );
}

describe("a standard scan by two workers", () => {
  it.each(["fixed", "spa", "soft404", "slow", "leaky", "leaky-safe"] as const)(
    "finds in %s what is there, and no more",
    async (name) => {
      const { targetId } = await lab(name);
      const scanId = await platform.startScan(targetId);
      expect(await platform.scanEnd(scanId, 120_000)).toBe("succeeded");
      expect(expectationProblems(LABS[name].expectation, await reported(scanId))).toEqual([]);
    },
    180_000,
  );

  it("finds in the vulnerable application what is there, and in a second scan nothing new", async () => {
    const { targetId } = await lab("vulnerable");
    const first = await platform.startScan(targetId);
    expect(await platform.scanEnd(first)).toBe("succeeded");
    expect(expectationProblems(LABS.vulnerable.expectation, await reported(first))).toEqual([]);

    const second = await platform.startScan(targetId);
    expect(await platform.scanEnd(second)).toBe("succeeded");
    const fresh = await platform.rows(
      "SELECT type, title FROM finding WHERE first_seen_scan_id = $1::uuid",
      second,
    );
    expect(fresh).toEqual([]);
  }, 180_000);
});

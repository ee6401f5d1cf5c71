import { afterAll, beforeAll, describe, expect, it } from "@jest/globals";
import { type RunningLab, startLab } from "@picket/lab";
import { waitFor } from "@picket/testing";
import { type RunningPlatform, startPlatform } from "./support/running-platform.ts";

const TEST_MS = 180_000;
/** A scan of the shop takes some seconds at this rate. */
const RPS = "40";

let platform: RunningPlatform;
let lab: RunningLab;
let schedule: string;
const picket = (...args: string[]) => platform.picket(...args);

beforeAll(async () => {
  lab = await startLab("vulnerable");
  platform = await startPlatform();
  await picket("target", "add", lab.url, "--reason", "test", "--rps", RPS);
  schedule = (await picket("schedule", "add", lab.url, "--cron", "0 3 1 1 *")).out.split(/\s/)[0] ?? "";
}, TEST_MS);
afterAll(async () => {
  await lab.stop();
  await platform.stop();
}, TEST_MS);

async function startScan(): Promise<string> {
  const { out } = await picket("scan", lab.url, "--no-wait");
  const before = lab.requests().length;
  await waitFor(() => lab.requests().length > before, { timeoutMs: 30_000, what: "a request" });
  return out.trim();
}

/** Of a finding, in an hour. */
async function startRecheckLater(): Promise<string> {
  const { findings } = JSON.parse((await picket("scan", lab.url, "--json")).out);
  const inAnHour = new Date(Date.now() + 3_600_000).toISOString();
  return (await picket("recheck", findings[0].id, "--at", inAnHour)).out.trim();
}

async function isCancelled(scanId: string): Promise<boolean> {
  const scans = JSON.parse((await picket("scans", "--status", "cancelled", "--json")).out);
  return scans.some(({ id }: { id: string }) => id === scanId);
}

describe("picket stop", () => {
  it(
    "ends scans at once, and what would ask the target again: it names the schedules to resume",
    async () => {
      const recheck = await startRecheckLater();
      const scanId = await startScan();
      const { code, out } = await picket("stop", "--target", lab.url);
      const stoppedAt = performance.now();
      expect([code, out.split("\n")]).toEqual([
        0,
        [
          scanId,
          "1 scan stopped.",
          "1 waiting recheck taken back.",
          "1 schedule paused. When all is well again:",
          `  picket schedule resume ${schedule}`,
          "",
        ],
      ]);
      await waitFor(() => isCancelled(scanId), { timeoutMs: 30_000, what: "the end of the scan" });
      const last = Math.max(...lab.requests().map(({ startedAt }) => startedAt));
      expect(last).toBeLessThan(stoppedAt + 1_000);
      expect((await picket("schedule", "list")).out).toMatch(new RegExp(`${schedule}.*paused`));
      expect((await picket("rechecks")).out).toMatch(new RegExp(`${recheck} .*inconclusive \\(cancelled\\)`));
      expect((await picket("schedule", "resume", schedule)).code).toBe(0);
      expect((await picket("schedule", "list")).out).not.toContain("paused");
    },
    TEST_MS,
  );

  it(
    "leaves schedules alone where that is asked for",
    async () => {
      const scanId = await startScan();
      const { code, out } = await picket("stop", "--all", "--keep-schedules", "--json");
      const stopped = { scanIds: [scanId], pausedScheduleIds: [], cancelledRecheckIds: [] };
      expect([code, JSON.parse(out)]).toEqual([0, stopped]);
      expect((await picket("schedule", "list")).out).not.toContain("paused");
    },
    TEST_MS,
  );

  it("wants exactly one of --all, --target and --project, and one that is there", async () => {
    const which = "give exactly one of --all, --target <url> and --project <name>";
    for (const args of [[], ["--all", "--target", lab.url]])
      expect(await picket("stop", ...args)).toMatchObject({ code: 3, err: expect.stringContaining(which) });
    for (const args of [
      ["--target", "http://nowhere.test/"],
      ["--project", "nobody"],
    ])
      expect(await picket("stop", ...args)).toMatchObject({
        code: 3,
        err: expect.stringContaining("picket stop --all stops everything"),
      });
  });
});

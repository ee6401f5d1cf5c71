import { afterAll, beforeAll, describe, expect, it } from "@jest/globals";
import { type RunningLab, startLab } from "@picket/lab";
import { waitFor } from "@picket/testing";
import { type RunningPlatform, startPlatform } from "./support/running-platform.ts";

const TEST_MS = 180_000;

let platform: RunningPlatform;
let lab: RunningLab;
let finding: string;
const picket = (...args: string[]) => platform.picket(...args);

beforeAll(async () => {
  lab = await startLab("vulnerable");
  platform = await startPlatform();
  await picket("target", "add", lab.url, "--reason", "test", "--rps", "100");
  const { findings } = JSON.parse((await picket("scan", lab.url, "--json")).out);
  finding = findings.find(({ severity }: { severity: string }) => severity === "critical").id;
}, TEST_MS);

afterAll(async () => {
  await lab.stop();
  await platform.stop();
}, TEST_MS);

/** Another state of the same application: same address. */
async function deploy(name: "vulnerable" | "fixed"): Promise<void> {
  const port = Number(new URL(lab.url).port);
  await lab.stop();
  lab = await startLab(name, { port });
}

async function statusOfFinding(): Promise<string> {
  return JSON.parse((await picket("finding", finding, "--json")).out).status;
}

/** The finding's rechecks as a person sees them, the newest first. */
async function listed(): Promise<string[]> {
  return (await picket("rechecks", "--finding", finding)).out.trim().split("\n").slice(1);
}

describe("picket recheck --wait", () => {
  it(
    "ends with 1 while it is there, and names who had said that it was fixed",
    async () => {
      const { code, out } = await picket("recheck", finding, "--wait");
      expect([code, out]).toEqual([
        1,
        expect.stringMatching(/^Present: it is still there\.\nEvidence: scan /),
      ]);
      const claimed = await picket("recheck", finding, "--claim", "--wait");
      expect(claimed.code).toBe(1);
      expect(claimed.out).toMatch(/^Present: .*\ntoken:\S+ had said that it was fixed\./);
      expect(await statusOfFinding()).toBe("open");
    },
    TEST_MS,
  );

  it(
    "ends with 3 when nobody can tell, and says why",
    async () => {
      const port = Number(new URL(lab.url).port);
      await lab.stop();
      const { code, out } = await picket("recheck", finding, "--wait");
      lab = await startLab("vulnerable", { port });
      expect([code, out]).toEqual([
        3,
        expect.stringContaining("Inconclusive: network_error. Nothing changed."),
      ]);
      expect(await statusOfFinding()).toBe("open");
    },
    TEST_MS,
  );

  it(
    "ends with 0 when it is gone; a claim of that is refused",
    async () => {
      await deploy("fixed");
      const { code, out } = await picket("recheck", finding, "--wait", "--json");
      expect([code, JSON.parse(out)]).toEqual([
        0,
        expect.objectContaining({ verdict: "absent", reason: null }),
      ]);
      expect(await statusOfFinding()).toBe("fixed");
      const again = await picket("recheck", finding, "--claim", "--wait");
      expect(again).toMatchObject({ code: 3, err: expect.stringContaining("the finding is fixed already") });
    },
    TEST_MS,
  );

  it("ends with 2 for what cannot be meant", async () => {
    expect(await picket("recheck", finding, "--at", "soon")).toMatchObject({ code: 2 });
  });
});

describe("picket recheck-cancel", () => {
  it(
    "takes back one that waits at once",
    async () => {
      const { out } = await picket("recheck", finding, "--at", "2099-01-01T00:00Z");
      expect(out).toBe("");
      const inAnHour = new Date(Date.now() + 3_600_000).toISOString();
      const id = (await picket("recheck", finding, "--at", inAnHour)).out.trim();
      expect(await picket("recheck-cancel", id)).toEqual({ code: 0, out: "Taken back.\n", err: "" });
      expect((await listed())[0]).toMatch(new RegExp(`^${id} .*inconclusive \\(cancelled\\)`));
    },
    TEST_MS,
  );

  it(
    "takes back one that runs, which ends with its scan, and none that has its verdict",
    async () => {
      platform.signalWorker("SIGSTOP");
      const id = (await picket("recheck", finding)).out.trim();
      expect(await picket("recheck-cancel", id)).toMatchObject({ code: 0, out: "It ends with its scan.\n" });
      expect((await listed())[0]).toMatch(/none yet/);
      platform.signalWorker("SIGCONT");
      const isCancelled = async () => (await listed())[0]?.includes("inconclusive (cancelled)");
      await waitFor(isCancelled, { timeoutMs: 30_000, what: "the end of the recheck" });
      const earlier = (await listed()).find((line) => line.includes("absent"))?.split(" ")[0] ?? "";
      expect(await picket("recheck-cancel", earlier)).toMatchObject({
        code: 3,
        err: expect.stringContaining("has its verdict already"),
      });
    },
    TEST_MS,
  );
});

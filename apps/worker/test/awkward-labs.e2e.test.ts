import { afterAll, beforeAll, describe, expect, it } from "@jest/globals";
import { type LabName, startLab } from "@picket/lab";
import { createPlatform, type Platform } from "./harness.ts";

let platform: Platform;

beforeAll(async () => {
  platform = await createPlatform();
  await platform.startWorker();
}, 90_000);
afterAll(() => platform.close(), 30_000);

describe("a standard scan", () => {
  it.each<LabName>(["spa", "soft404", "static-sleep", "waf", "walled", "latency"])(
    "of %s ends and gives nothing of medium confidence or above",
    async (name) => {
      const lab = await startLab(name);
      const targetId = await platform.target({ baseUrl: `${lab.url}/` });
      const scanId = await platform.startScan(targetId);
      await platform.scanEnd(scanId, 90_000);
      await lab.stop();
      const believed = await platform.rows(
        "SELECT type, confidence_score FROM finding WHERE target_id = $1::uuid AND confidence <> 'low'",
        targetId,
      );
      expect(believed).toEqual([]);
      expect(lab.requests().length).toBeGreaterThan(20);
    },
    120_000,
  );
});

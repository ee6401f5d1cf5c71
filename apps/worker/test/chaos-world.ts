import { join } from "node:path";
import type { ScanPlan } from "@picket/db";
import { type ReceivedRequest, type RunningLab, startLab } from "@picket/lab";
import type { TestDatabase } from "@picket/testing";
import { createFleet, type Fleet } from "./fleet.ts";
import { createPlatform, FIXTURES, type Platform } from "./harness.ts";
import { type ScanResult, scanResult } from "./scan-result.ts";

/** A worker's environment with the plugin `steady`. */
export const STEADY = { PLUGIN_DIRS: join(FIXTURES, "steady") };

export interface ChaosWorld {
  platform: Platform;
  fleet: Fleet;
  /** What an undisturbed scan says, and how many requests it takes. */
  undisturbed: ScanResult;
  undisturbedRequests: number;
  /** Of a target of its own, on the one lab. */
  startScan(budget?: { rps?: number; maxRuntimeSeconds?: number }, plan?: Partial<ScanPlan>): Promise<string>;
  /** Requests as the target received them, from a moment on. */
  requestsSince(moment: number): readonly ReceivedRequest[];
  close(): Promise<void>;
}

/** A platform with two workers, a target, and the result of a scan that nothing disturbed. */
export async function createChaosWorld(
  options: { database?: TestDatabase; env?: Record<string, string>; plan?: Partial<ScanPlan> } = {},
): Promise<ChaosWorld> {
  const platform = await createPlatform(options);
  const lab: RunningLab = await startLab("vulnerable");
  const fleet = createFleet(platform);
  const startScan: ChaosWorld["startScan"] = async (budget = {}, plan = options.plan) => {
    const limits = { maxRuntimeSeconds: 600, maxRequests: 100_000, ...budget };
    return platform.startScan(await platform.target({ baseUrl: `${lab.url}/`, budget: limits }), plan);
  };
  await fleet.have(2, STEADY);
  const undisturbed = await scanResult(platform, await startScan());
  return {
    platform,
    fleet,
    undisturbed,
    undisturbedRequests: lab.requests().length,
    startScan,
    requestsSince: (moment) => lab.requests().filter(({ startedAt }) => startedAt >= moment),
    async close() {
      await platform.close();
      await lab.stop();
    },
  };
}

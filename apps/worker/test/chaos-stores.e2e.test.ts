import { createHash } from "node:crypto";
import { setTimeout as sleep } from "node:timers/promises";
import { afterAll, beforeAll, describe, expect, it } from "@jest/globals";
import {
  createTestBucket,
  type Fault,
  type FaultProxy,
  startFaultProxy,
  type TestBucket,
  waitFor,
} from "@picket/testing";
import { chaosTerms, reportChaos } from "./chaos-terms.ts";
import { type ChaosWorld, createChaosWorld, STEADY } from "./chaos-world.ts";
import { type PrivatePostgres, startPrivatePostgres } from "./private-postgres.ts";
import { runsOf, scanResult } from "./scan-result.ts";

const LEASE_MS = 10_000;
const LONGEST_MS = 7_200_000;
const plan = { settings: { steady: { requests: 80, pauseMs: 60 } } };

let postgres: PrivatePostgres;
let bucket: TestBucket;
let proxy: FaultProxy;
let world: ChaosWorld;
beforeAll(async () => {
  [postgres, bucket] = await Promise.all([startPrivatePostgres(), createTestBucket()]);
  proxy = await startFaultProxy(Number(new URL(bucket.endpoint).port));
  const env = {
    LEASE_MS: String(LEASE_MS),
    STORAGE_DIR: "",
    S3_ENDPOINT: `http://127.0.0.1:${proxy.port}`,
    S3_BUCKET: bucket.bucket,
    S3_REGION: bucket.region,
    S3_ACCESS_KEY_ID: bucket.accessKeyId,
    S3_SECRET_ACCESS_KEY: bucket.secretAccessKey,
  };
  world = await createChaosWorld({ database: postgres, env, plan });
}, 180_000);
afterAll(async () => {
  await world.close();
  await proxy.close();
}, 60_000);

async function midScan(part: number): Promise<{ scanId: string }> {
  await world.fleet.have(2, STEADY);
  const since = performance.now();
  const scanId = await world.startScan();
  const point = part * world.undisturbedRequests;
  await waitFor(() => world.requestsSince(since).length >= point, {
    timeoutMs: 90_000,
    what: `request ${point}`,
  });
  return { scanId };
}

/** Bodies that rows name and that are not there, or are others. */
async function wrongBodies(): Promise<string[]> {
  const rows = await world.platform.rows<{ path: string; hash: string }>(
    `SELECT DISTINCT body_path AS path, body_hash AS hash FROM "fetch" WHERE body_path IS NOT NULL`,
  );
  expect(rows.length).toBeGreaterThan(0);
  const wrong = await Promise.all(
    rows.map(async ({ path, hash }) => {
      const response = await fetch(`${bucket.endpoint}/${bucket.bucket}/${path}`);
      const sha256 = createHash("sha256")
        .update(new Uint8Array(await response.arrayBuffer()))
        .digest("hex");
      return response.ok && sha256 === hash ? [] : [path];
    }),
  );
  return wrong.flat();
}

describe("a scan goes on, and ends as if nothing had happened,", () => {
  it(
    "when Postgres breaks off and comes back: what runs waits, and is not begun anew",
    async () => {
      const { amount, seed, random } = chaosTerms(2);
      for (let round = 0; round < amount; round += 1) {
        const { scanId } = await midScan(0.9 * random());
        const running = (await runsOf(world.platform, scanId)).filter(({ status }) => status === "running");
        const crashedAt = performance.now();
        await postgres.crash(0);
        const awayMs = performance.now() - crashedAt;
        expect(await scanResult(world.platform, scanId)).toEqual(world.undisturbed);
        const after = await runsOf(world.platform, scanId);
        // Half a lease is what a run surely had left.
        if (awayMs < LEASE_MS / 2)
          for (const { id, attempt } of running)
            expect(after).toContainEqual(expect.objectContaining({ id, attempt }));
      }
      await reportChaos({ seed, restarts: amount });
    },
    LONGEST_MS,
  );

  it(
    "when Postgres is away for longer than a lease",
    async () => {
      const { amount: awaySeconds, random, seed } = chaosTerms(12);
      const { scanId } = await midScan(0.5 * random());
      const killed = world.requestsSince(0).length;
      await postgres.crash(awaySeconds * 1_000);
      const backAt = performance.now();
      expect(await scanResult(world.platform, scanId)).toEqual(world.undisturbed);
      const recoveredMs = Math.round(performance.now() - backAt);
      await reportChaos({ seed, awaySeconds, recoveredMs, sentBefore: killed });
    },
    LONGEST_MS,
  );

  it(
    "when the body store fails, stalls and breaks off",
    async () => {
      const { amount: awaySeconds, random, seed } = chaosTerms(3);
      const faults: Fault[] = ["reset", "refuse", "stall", "cut"];
      for (const fault of faults) {
        const { scanId } = await midScan(0.5 * random());
        proxy.set(fault);
        await sleep(awaySeconds * 1_000);
        proxy.set("pass");
        expect(await scanResult(world.platform, scanId)).toEqual(world.undisturbed);
      }
      expect(await wrongBodies()).toEqual([]);
      await reportChaos({ seed, awaySeconds, faults });
    },
    LONGEST_MS,
  );
});

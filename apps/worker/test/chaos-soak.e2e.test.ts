import { readdir, readFile } from "node:fs/promises";
import { afterAll, beforeAll, expect, it } from "@jest/globals";
import { countRedisKeys } from "@picket/testing";
import { chaosTerms, reportChaos } from "./chaos-terms.ts";
import { type ChaosWorld, createChaosWorld, STEADY } from "./chaos-world.ts";
import { scanResult } from "./scan-result.ts";

const LONGEST_MS = 7_200_000;
/** Scans before memory and handles are expected to be what they stay. */
const WARM_UP_SCANS = 3;
/** After that, at most, MB a minute; measured in the long form only, a few scans say nothing of it. */
const MAX_SLOPE = 1;
/** Connections, timers and files that come and go. */
const LEEWAY = 10;
/** What a scan leaves in Redis on purpose: finished jobs and the target's pace, both forgotten later. */
const KEYS_PER_SCAN = 20;

let world: ChaosWorld;
beforeAll(async () => {
  world = await createChaosWorld({
    plan: { settings: { steady: { requests: 200, pauseMs: 0, atOnce: 10 } } },
  });
}, 180_000);
afterAll(() => world.close(), 60_000);

interface Sample {
  atMinutes: number;
  rssMb: number;
  files: number;
  redisKeys: number;
  connections: number;
}

async function sample(pid: number): Promise<Sample> {
  const status = await readFile(`/proc/${pid}/status`, "utf8");
  const [activity] = await world.platform.rows<{ n: number }>(
    "SELECT count(*)::int AS n FROM pg_stat_activity WHERE datname = current_database()",
  );
  return {
    atMinutes: performance.now() / 60_000,
    rssMb: Number(/VmRSS:\s+(\d+)/.exec(status)?.[1]) / 1_024,
    files: (await readdir(`/proc/${pid}/fd`)).length,
    redisKeys: await countRedisKeys(world.platform.redisUrl),
    connections: activity?.n ?? 0,
  };
}

/** By least squares. */
function slope(points: readonly { x: number; y: number }[]): number {
  const mean = (pick: (point: { x: number; y: number }) => number) =>
    points.reduce((sum, point) => sum + pick(point), 0) / points.length;
  const [x, y] = [mean((point) => point.x), mean((point) => point.y)];
  const spread = mean((point) => (point.x - x) ** 2);
  return spread === 0 ? 0 : mean((point) => (point.x - x) * (point.y - y)) / spread;
}

it(
  "a worker stays as it was, scan after scan",
  async () => {
    const { amount: minutes, isLong } = chaosTerms(0.3);
    const { platform, fleet, startScan, undisturbed } = world;
    const [worker] = await fleet.have(1, STEADY);
    // `<host>-<pid>-<random>`
    const pid = Number(/"workerId":"[^"]*-(\d+)-[0-9a-f]+"/.exec((await worker?.log()) ?? "")?.[1]);
    const until = performance.now() + minutes * 60_000;
    const samples: Sample[] = [];
    while (performance.now() < until || samples.length < WARM_UP_SCANS + 2) {
      expect(await scanResult(platform, await startScan())).toEqual(undisturbed);
      samples.push(await sample(pid));
    }
    const steady = samples.slice(WARM_UP_SCANS);
    const first = steady[0];
    const last = steady.at(-1);
    if (!first || !last) throw new Error("no samples");
    const mbPerMinute = slope(steady.map(({ atMinutes, rssMb }) => ({ x: atMinutes, y: rssMb })));
    await reportChaos({ scans: samples.length, minutes, mbPerMinute, first, last });
    expect(last.files).toBeLessThanOrEqual(first.files + LEEWAY);
    expect(last.connections).toBeLessThanOrEqual(first.connections + LEEWAY);
    expect(last.redisKeys).toBeLessThanOrEqual(first.redisKeys + KEYS_PER_SCAN * steady.length);
    if (isLong) expect(mbPerMinute).toBeLessThanOrEqual(MAX_SLOPE);
  },
  LONGEST_MS,
);

import { setTimeout as sleep } from "node:timers/promises";
import { afterAll, beforeAll, describe, expect, it } from "@jest/globals";
import { mostIn, stalledJobs, waitFor } from "@picket/testing";
import { chaosTerms, quantile, reportChaos } from "./chaos-terms.ts";
import { type ChaosWorld, createChaosWorld, STEADY } from "./chaos-world.ts";
import { type PlatformProcess, wrongClock } from "./harness.ts";
import { watchRate } from "./rate-watch.ts";
import { midRun, runOf, runsOf, scanResult } from "./scan-result.ts";

/** Each test is the short form of a chaos program: `npm run chaos` lists them. */
const LONGEST_MS = 7_200_000;
/** A scan's first sandboxes take no longer to start on a machine of two processors, one after the other. */
const START_MS = 3_000;
/** What `steady` makes, unless told otherwise. */
const STEADY_REQUESTS = 50;

let world: ChaosWorld;
beforeAll(async () => {
  world = await createChaosWorld();
}, 180_000);
afterAll(() => world.close(), 60_000);

/** How long it takes until others have what the victim had in hand, ms; null when that was nothing. */
async function takeover(scanId: string, victim: string): Promise<number | null> {
  const killedAt = performance.now();
  const lost = (await runsOf(world.platform, scanId)).filter(
    ({ status, workerId }) => status === "running" && victim.includes(workerId ?? "?"),
  );
  if (lost.length === 0) return null;
  const isTaken = async () => {
    const runs = await runsOf(world.platform, scanId);
    return lost.every(({ id, attempt }) => runs.some((run) => run.id === id && run.attempt > attempt));
  };
  await waitFor(isTaken, { timeoutMs: 60_000, what: "the takeover" });
  return performance.now() - killedAt;
}

/** What `steady` asked its target for again, in number and in parts of what it asks for. */
async function sentAgain(scanIds: readonly string[], since: number) {
  const asked = world.requestsSince(since).filter(({ url }) => url.includes("steady="));
  // Detectors of a later stage ask for the same places in their own right.
  const [others] = await world.platform.rows<{ count: number }>(
    `SELECT count(*)::int FROM "fetch" f JOIN module_run m ON m.id = f.module_run_id
     WHERE f.scan_id = ANY ($1::uuid[]) AND f.url LIKE '%steady=%' AND m.plugin <> 'steady'`,
    scanIds,
  );
  const wanted = new Set(asked.map(({ url }) => url)).size * scanIds.length;
  const requests = asked.length - (others?.count ?? 0) - wanted;
  return { requests, share: requests / wanted };
}

async function runningPlugins(): Promise<string[]> {
  const rows = await world.platform.rows<{ plugin: string }>(
    "SELECT plugin FROM module_run WHERE status = 'running'",
  );
  return rows.map(({ plugin }) => plugin);
}

/** Workers by what they send with each request. */
const markers = new Map<PlatformProcess, string>();

async function markedWorker(workerId: string | null): Promise<[PlatformProcess, string]> {
  for (const marked of markers) if ((await marked[0].log()).includes(workerId ?? "?")) return marked;
  throw new Error(`no worker ${workerId}`);
}

describe("a scan goes on, and ends as if nothing had happened,", () => {
  it(
    "when workers are killed at random points",
    async () => {
      const { amount, seed, random, isLong } = chaosTerms(2);
      const { platform, fleet, startScan, undisturbed, undisturbedRequests } = world;
      const takeovers: number[] = [];
      const resent: number[] = [];
      const recalled: number[] = [];
      for (let round = 0; round < amount; round += 1) {
        await fleet.have(2, STEADY);
        const since = performance.now();
        const scanId = await startScan();
        const point = 1 + Math.floor(random() * undisturbedRequests * 0.9);
        await waitFor(() => world.requestsSince(since).length >= point, { timeoutMs: 60_000 });
        const before = await runsOf(platform, scanId);
        const victim = await fleet
          .worker(before.find(({ status }) => status === "running")?.workerId ?? null)
          .catch(() => null);
        if (!victim) continue;
        await fleet.forget(victim).kill();
        const taken = await takeover(scanId, await victim.log());
        if (taken !== null) takeovers.push(taken);
        expect(await scanResult(platform, scanId)).toEqual(undisturbed);
        const after = await runsOf(platform, scanId);
        const completed = before
          .filter(({ status }) => status === "succeeded")
          .map(({ id, attempt }) => ({ id, attempt }));
        expect(after).toEqual(expect.arrayContaining(completed.map((run) => expect.objectContaining(run))));
        recalled.push(...after.map(({ counters }) => Number(counters.recalled ?? 0)));
        resent.push((await sentAgain([scanId], since)).share);
      }
      const p95Ms = Math.round(quantile(takeovers, 0.95));
      await reportChaos({
        seed,
        kills: amount,
        takeovers: takeovers.length,
        p95Ms,
        recalled: recalled.reduce((sum, count) => sum + count, 0),
        resentP95: quantile(resent, 0.95),
      });
      // Answers that were on their way to the database are lost with a worker: of fifty requests each one is 2 %.
      expect(quantile(resent, 0.95)).toBeLessThanOrEqual(0.12);
      expect(p95Ms).toBeLessThan(isLong ? 10_000 : 15_000);
    },
    LONGEST_MS,
  );

  it(
    "when a worker that was taken for dead wakes up: it writes nothing more, and sends no more than it had begun",
    async () => {
      const { amount, seed } = chaosTerms(1);
      const { platform, fleet, startScan, undisturbed } = world;
      const leaseMs = 2_000;
      const lateRequests: number[] = [];
      for (let round = 0; round < amount; round += 1) {
        await fleet.have(0, STEADY);
        for (const marker of ["a", "b"]) {
          const worker = await platform.startWorker({
            ...STEADY,
            LEASE_MS: String(leaseMs),
            SCAN_REQUEST_MARKER: marker,
          });
          markers.set(worker, marker);
        }
        const scanId = await startScan(undefined, { settings: { steady: { atOnce: 5, pauseMs: 150 } } });
        const { workerId } = await midRun(platform, scanId, "steady");
        const [sleeper, marker] = await markedWorker(workerId);
        sleeper.signal("SIGSTOP");
        const isTaken = async () => (await midRun(platform, scanId, "steady")).attempt === 2;
        await Promise.all([
          sleep(3 * leaseMs),
          waitFor(isTaken, { timeoutMs: 20_000, what: "the takeover" }),
        ]);
        const stale = () =>
          platform.rows(
            `SELECT (SELECT count(*) FROM "fetch" f JOIN module_run m ON m.id = f.module_run_id
               WHERE f.scan_id = $1::uuid AND f.attempt = 1 AND m.plugin = 'steady')::int AS n`,
            scanId,
          );
        const before = await stale();
        const wokenAt = performance.now();
        sleeper.signal("SIGCONT");
        const hasNoticed = async () => /taken over|could not be run|released/.test(await sleeper.log());
        await waitFor(hasNoticed, { timeoutMs: 20_000, what: "the stale worker's end of the run" });
        expect(await stale()).toEqual(before);
        expect(await scanResult(platform, scanId)).toEqual(undisturbed);
        const late = world
          .requestsSince(wokenAt)
          .filter(({ url, headers }) => url.includes("steady=") && headers["x-picket-scan"] === marker);
        lateRequests.push(late.length);
        await Promise.all([...markers.keys()].map((worker) => worker.stop()));
        markers.clear();
      }
      await reportChaos({ seed, rounds: amount, lateRequests });
      expect(Math.max(...lateRequests)).toBeLessThanOrEqual(1);
    },
    LONGEST_MS,
  );

  it(
    "when every job is delivered again and again, in any order",
    async () => {
      const { seed, random, amount } = chaosTerms(1);
      const { platform, fleet, startScan, undisturbed } = world;
      await fleet.have(2, STEADY);
      let deliveries = 0;
      for (let round = 0; round < amount; round += 1) {
        const scanId = await startScan();
        const ending = scanResult(platform, scanId);
        let isOver = false;
        const over = ending.finally(() => {
          isOver = true;
        });
        const runs = await runsOf(platform, scanId);
        while (!isOver) {
          const jobs = runs.flatMap(({ id }) => [1, 2].map((attempt) => ({ moduleRunId: id, attempt })));
          const shuffled = jobs.map((job) => ({ job, at: random() })).sort((a, b) => a.at - b.at);
          await platform.queue.enqueueAdvance(scanId);
          await platform.queue.enqueueModuleRuns(shuffled.map(({ job }) => ({ job, mode: "interactive" })));
          deliveries += jobs.length + 1;
          await sleep(50);
        }
        expect(await over).toEqual(undisturbed);
      }
      await reportChaos({ seed, scans: amount, deliveries });
    },
    LONGEST_MS,
  );

  it(
    "when a worker with many runs in hand is asked to stop: they are given back at once",
    async () => {
      const { amount } = chaosTerms(4);
      const { platform, fleet, startScan, undisturbed } = world;
      // One target may not have all slots of the fleet, and each scan here has one of its own.
      const env = { ...STEADY, SHUTDOWN_GRACE_MS: "0", WORKER_CONCURRENCY: String(amount * 2) };
      await fleet.have(1, env);
      const startsMs = START_MS * amount;
      // The first one is to be under way still when the last one has begun.
      const settings = { steady: { pauseMs: Math.ceil(startsMs / STEADY_REQUESTS) } };
      const since = performance.now();
      const scans = await Promise.all(
        Array.from({ length: amount }, () => startScan({ maxRuntimeSeconds: 3_600 }, { settings })),
      );
      const begun = { requests: 1, timeoutMs: startsMs };
      await Promise.all(scans.map((scanId) => midRun(platform, scanId, "steady", begun)));
      const underWayMs = Math.round(performance.now() - since);
      const [leaving] = fleet.workers;
      if (!leaving) throw new Error("no worker");
      const inHand = (await runningPlugins()).filter((plugin) => plugin === "steady").length;
      const askedAt = performance.now();
      expect(await fleet.forget(leaving).stop()).toBe(0);
      const exitMs = Math.round(performance.now() - askedAt);
      expect(await runningPlugins()).toEqual([]);
      await fleet.have(1, env);
      for (const scanId of scans) expect(await scanResult(platform, scanId, 1_200_000)).toEqual(undisturbed);
      const resent = (await sentAgain(scans, since)).requests;
      const ours = (await Promise.all(scans.map((scanId) => runsOf(platform, scanId)))).flat();
      // Workers that other tests killed left some too.
      const stalled = (await stalledJobs(platform.redisUrl)).filter((job) =>
        ours.some(({ id }) => job.includes(id)),
      );
      await reportChaos({ inHand, underWayMs, exitMs, resent, stalled: stalled.length });
      for (const scanId of scans)
        expect(await runOf(platform, scanId, "steady")).toMatchObject({ attempt: 2 });
      expect(inHand).toBe(amount);
      expect(exitMs).toBeLessThan(30_000);
      expect(stalled).toEqual([]);
      expect(resent).toBeLessThanOrEqual(amount);
    },
    LONGEST_MS,
  );

  it(
    "when the clocks of its workers are wrong by an hour, and one is killed",
    async () => {
      const { amount, seed } = chaosTerms(1);
      const { platform, fleet, startScan, undisturbed } = world;
      await fleet.have(0, {});
      const skewed = (hours: number) => platform.startWorker({ ...STEADY, ...wrongClock(hours) });
      const takeovers: number[] = [];
      for (let round = 0; round < amount; round += 1) {
        const workers = await Promise.all([skewed(1), skewed(-1)]);
        const rate = watchRate();
        const since = performance.now();
        const scanId = await startScan({ rps: 20 });
        const before = await midRun(platform, scanId, "steady");
        const logs = await Promise.all(workers.map((worker) => worker.log()));
        const victim = workers[logs.findIndex((log) => log.includes(before.workerId ?? "?"))];
        if (!victim) throw new Error("no victim");
        await victim.kill();
        const taken = await takeover(scanId, await victim.log());
        if (taken !== null) takeovers.push(taken);
        expect(await scanResult(platform, scanId)).toEqual(undisturbed);
        const times = world.requestsSince(since).map(({ startedAt }) => startedAt);
        rate.end();
        expect(mostIn(1_000, times)).toBeLessThanOrEqual(rate.bar(20));
        await Promise.all(workers.map((worker) => worker !== victim && worker.stop()));
      }
      await reportChaos({ seed, rounds: amount, takeoversMs: takeovers.map(Math.round) });
      expect(Math.max(...takeovers)).toBeLessThan(20_000);
    },
    LONGEST_MS,
  );
});

import { join } from "node:path";
import { setTimeout as sleep } from "node:timers/promises";
import { afterAll, beforeAll, describe, expect, it } from "@jest/globals";
import type { HealthSignal } from "@picket/core";
import { requestScanCancel } from "@picket/db";
import { type RunningLab, startLab } from "@picket/lab";
import { flushRedis, startPrivateRedis, waitFor } from "@picket/testing";
import { createPlatform, FIXTURES, type Platform, type PlatformProcess } from "./harness.ts";

let platform: Platform;
let lab: RunningLab;
/** Running workers; all of them have the environment `environment`. */
let workers: PlatformProcess[] = [];
let environment: Record<string, string> = {};
/** What an undisturbed scan with the plugin `steady` stores. */
let undisturbed: unknown;

const plugins = (...groups: string[]) => ({
  PLUGIN_DIRS: groups.map((group) => join(FIXTURES, group)).join(":"),
});
const STEADY = plugins("steady");

beforeAll(async () => {
  platform = await createPlatform();
  lab = await startLab("vulnerable");
  await haveWorkers(2, STEADY);
  const scanId = await steadyScan();
  expect(await platform.scanEnd(scanId)).toBe("succeeded");
  undisturbed = await results(scanId);
  expect(undisturbed).toMatchObject({ things: { length: 50 } });
}, 120_000);
afterAll(async () => {
  await lab.stop();
  await platform.close();
}, 60_000);

/** Exactly so many workers with this environment; those that already are go on. */
async function haveWorkers(count: number, env: Record<string, string>): Promise<PlatformProcess[]> {
  const isSame = JSON.stringify(env) === JSON.stringify(environment);
  const leaving = isSame ? workers.slice(count) : workers;
  workers = isSame ? workers.slice(0, count) : [];
  environment = env;
  await Promise.all(leaving.map((worker) => worker.stop()));
  // Scans are to be planned with what these workers offer.
  if (!isSame)
    await platform.rows("UPDATE plugin_release SET last_seen_at = last_seen_at - interval '1 hour'");
  const starting = Array.from({ length: count - workers.length }, () => platform.startWorker(env));
  workers.push(...(await Promise.all(starting)));
  return workers;
}

/** It ended, or is about to, by the test's own doing. */
function forget(worker: PlatformProcess): PlatformProcess {
  workers = workers.filter((other) => other !== worker);
  return worker;
}

async function newTarget(maxRuntimeSeconds = 120): Promise<string> {
  return platform.target({ baseUrl: `${lab.url}/`, budget: { maxRuntimeSeconds } });
}

async function steadyScan(): Promise<string> {
  return platform.startScan(await newTarget());
}

/** What a scan found, without ids and times: equal scans give equal results. */
async function results(scanId: string) {
  const things = await platform.rows<{ title: string }>(
    `SELECT f.dedupe_key, f.title, f.severity, f.confidence_score, i.url, e.hash, e.snippet, count(*)::int AS n
     FROM observation o JOIN finding f ON f.id = o.finding_id JOIN instance i ON i.id = o.instance_id
     JOIN evidence e ON e.id = ANY (o.evidence_ids)
     WHERE o.scan_id = $1::uuid AND f.type = 'steady-thing' GROUP BY f.id, i.id, e.id ORDER BY f.dedupe_key`,
    scanId,
  );
  const others = await platform.rows(
    `SELECT f.dedupe_key, i.instance_key, m.plugin, count(*)::int AS n
     FROM observation o JOIN finding f ON f.id = o.finding_id JOIN instance i ON i.id = o.instance_id
     JOIN module_run m ON m.id = o.module_run_id
     WHERE o.scan_id = $1::uuid GROUP BY 1, 2, 3 ORDER BY 1, 2, 3`,
    scanId,
  );
  const endpoints = await platform.rows(
    `SELECT e.endpoint_key, count(*)::int AS n FROM scan_endpoint s JOIN endpoint e ON e.id = s.endpoint_id
     WHERE s.scan_id = $1::uuid GROUP BY 1 ORDER BY 1`,
    scanId,
  );
  return { things, others, endpoints };
}

interface Run {
  id: string;
  status: string;
  exitReason: string | null;
  reason: string | null;
  attempt: number;
  workerId: string | null;
  isolationLevel: string | null;
  counters: Record<string, unknown>;
}

async function runOf(scanId: string, plugin: string): Promise<Run> {
  const [run] = await platform.rows<Run>(
    `SELECT id, status, exit_reason AS "exitReason", reason, attempt, worker_id AS "workerId",
            isolation_level AS "isolationLevel", counters
     FROM module_run WHERE scan_id = $1::uuid AND plugin = $2`,
    scanId,
    plugin,
  );
  if (!run) throw new Error(`no run of ${plugin}`);
  return run;
}

/** Waits until the run is some way along, and returns it. */
async function midRun(scanId: string, plugin: string): Promise<Run> {
  await waitFor(
    async () => {
      const [row] = await platform.rows<{ n: number }>(
        `SELECT count(*)::int AS n FROM "fetch" f JOIN module_run m ON m.id = f.module_run_id
         WHERE m.scan_id = $1::uuid AND m.plugin = $2`,
        scanId,
        plugin,
      );
      return (row?.n ?? 0) >= 10;
    },
    { timeoutMs: 20_000, what: `${plugin} to be some way along` },
  );
  return runOf(scanId, plugin);
}

async function workerOf({ workerId }: Run): Promise<PlatformProcess> {
  for (const worker of workers) if ((await worker.log()).includes(workerId ?? "?")) return worker;
  throw new Error(`no worker ${workerId}`);
}

async function scanRow(scanId: string) {
  const [scan] = await platform.rows<{ health: HealthSignal[]; level: string; actions: string[] }>(
    `SELECT health, isolation_level AS level,
            ARRAY(SELECT action::text FROM audit_event a WHERE a.scan_id = s.id ORDER BY seq) AS actions
     FROM scan s WHERE id = $1::uuid`,
    scanId,
  );
  return scan;
}

describe("a scan goes on, and ends as if nothing had happened,", () => {
  it("when a worker is killed in the middle of a run", async () => {
    await haveWorkers(2, STEADY);
    const scanId = await steadyScan();
    const victim = await workerOf(await midRun(scanId, "steady"));
    const killedAt = performance.now();
    await forget(victim).kill();
    await waitFor(async () => (await runOf(scanId, "steady")).attempt === 2, { timeoutMs: 15_000 });
    const takeoverMs = performance.now() - killedAt;
    expect(await platform.scanEnd(scanId)).toBe("succeeded");
    expect(await results(scanId)).toEqual(undisturbed);
    expect(takeoverMs).toBeLessThan(15_000);
    process.stdout.write(`taken over after ${Math.round(takeoverMs)} ms\n`);
  }, 120_000);

  it("when Redis is emptied", async () => {
    await haveWorkers(2, STEADY);
    const scanId = await steadyScan();
    await midRun(scanId, "steady");
    await flushRedis(platform.redisUrl);
    await waitFor(async () => (await runOf(scanId, "steady")).status === "succeeded", { timeoutMs: 20_000 });
    await flushRedis(platform.redisUrl);
    expect(await platform.scanEnd(scanId)).toBe("succeeded");
    expect(await results(scanId)).toEqual(undisturbed);
  }, 120_000);

  it("when its worker is asked to stop and given time: the run ends where it is", async () => {
    await haveWorkers(2, STEADY);
    const scanId = await steadyScan();
    const leaving = await workerOf(await midRun(scanId, "steady"));
    expect(await forget(leaving).stop()).toBe(0);
    expect(await runOf(scanId, "steady")).toMatchObject({ attempt: 1, status: "succeeded" });
    expect(await platform.scanEnd(scanId)).toBe("succeeded");
    expect(await results(scanId)).toEqual(undisturbed);
  }, 120_000);

  it("when every job is delivered again and again", async () => {
    await haveWorkers(2, STEADY);
    const scanId = await steadyScan();
    const over = platform.scanEnd(scanId);
    let isOver = false;
    over.then(
      () => (isOver = true),
      () => (isOver = true),
    );
    const runs = await platform.rows<{ id: string }>(
      "SELECT id FROM module_run WHERE scan_id = $1::uuid",
      scanId,
    );
    while (!isOver) {
      await platform.queue.enqueueAdvance(scanId);
      for (const { id } of runs)
        for (const attempt of [1, 2])
          await platform.queue.enqueueModuleRun({ moduleRunId: id, attempt }, "interactive");
      await sleep(50);
    }
    expect(await over).toBe("succeeded");
    expect(await results(scanId)).toEqual(undisturbed);
    const ended = (await scanRow(scanId))?.actions;
    expect(ended?.filter((action) => action === "module.run")).toHaveLength(runs.length);
    expect(ended?.filter((action) => action === "scan.completed")).toHaveLength(1);
  }, 120_000);

  it("when its worker is asked to stop: the run is given back at once", async () => {
    await haveWorkers(2, { ...STEADY, SHUTDOWN_GRACE_MS: "0" });
    const scanId = await steadyScan();
    const leaving = await workerOf(await midRun(scanId, "steady"));
    const stoppedAt = performance.now();
    expect(await forget(leaving).stop()).toBe(0);
    await waitFor(async () => (await runOf(scanId, "steady")).attempt === 2, { timeoutMs: 5_000 });
    expect(performance.now() - stoppedAt).toBeLessThan(5_000);
    expect(await platform.scanEnd(scanId)).toBe("succeeded");
    expect(await runOf(scanId, "steady")).toMatchObject({ attempt: 2, counters: { released: 1 } });
    expect(await results(scanId)).toEqual(undisturbed);
  }, 120_000);

  it("when a worker that was taken for dead wakes up: it writes nothing more", async () => {
    await haveWorkers(2, { ...STEADY, LEASE_MS: "2000" });
    const scanId = await steadyScan();
    const sleeper = await workerOf(await midRun(scanId, "steady"));
    sleeper.signal("SIGSTOP");
    await waitFor(async () => (await runOf(scanId, "steady")).attempt === 2, { timeoutMs: 15_000 });
    const written = () =>
      platform.rows(
        `SELECT count(*)::int AS n FROM "fetch" WHERE scan_id = $1::uuid AND attempt = 1`,
        scanId,
      );
    const before = await written();
    sleeper.signal("SIGCONT");
    // It learns of it from its lease or its next write, or from a connection that the database closed meanwhile.
    const hasNoticed = async () => /taken over|could not be run/.test(await sleeper.log());
    await waitFor(hasNoticed, { timeoutMs: 10_000 });
    expect(await written()).toEqual(before);
    expect(await platform.scanEnd(scanId)).toBe("succeeded");
    expect(await results(scanId)).toEqual(undisturbed);
  }, 120_000);
});

describe("a scan", () => {
  it("that is cancelled stops within two seconds and keeps what it found", async () => {
    await haveWorkers(1, plugins("waiting"));
    const scanId = await steadyScan();
    await midRun(scanId, "waiter");
    const askedAt = performance.now();
    await requestScanCancel(platform.database, { scanId, actor: "token:test" });
    await platform.queue.enqueueAdvance(scanId);
    expect(await platform.scanEnd(scanId)).toBe("cancelled");
    expect(performance.now() - askedAt).toBeLessThan(3_000);
    const sent = lab.requests().length;
    expect(await runOf(scanId, "waiter")).toMatchObject({ status: "cancelled", exitReason: "cancelled" });
    expect(await runOf(scanId, "cookies")).toMatchObject({ status: "cancelled", attempt: 0 });
    const found = await platform.rows("SELECT 1 FROM observation WHERE scan_id = $1::uuid", scanId);
    expect(found.length).toBeGreaterThan(0);
    await sleep(500);
    expect(lab.requests()).toHaveLength(sent);
  }, 60_000);

  it("that comes to its deadline is timed out and keeps what it found", async () => {
    await haveWorkers(1, plugins("waiting"));
    const scanId = await platform.startScan(await newTarget(3));
    expect(await platform.scanEnd(scanId)).toBe("timed_out");
    expect(await runOf(scanId, "waiter")).toMatchObject({ status: "timed_out", exitReason: "timed_out" });
    expect(await runOf(scanId, "cookies")).toMatchObject({
      status: "timed_out",
      reason: "the scan's deadline came first",
    });
    const found = await platform.rows("SELECT 1 FROM observation WHERE scan_id = $1::uuid", scanId);
    expect(found.length).toBeGreaterThan(0);
  }, 60_000);

  it("with a plugin that crashes is partially succeeded, the others untouched; one not granted is named", async () => {
    await haveWorkers(1, plugins("crashing", "greedy"));
    const scanId = await steadyScan();
    expect(await platform.scanEnd(scanId)).toBe("partially_succeeded");
    expect(await runOf(scanId, "crasher")).toMatchObject({
      status: "failed",
      exitReason: "crashed",
      reason: expect.stringContaining("exit code 3"),
      attempt: 1,
    });
    const kept = await platform.rows(
      `SELECT 1 FROM scan_endpoint s JOIN endpoint e ON e.id = s.endpoint_id
       WHERE s.scan_id = $1::uuid AND e.url LIKE '%/before-the-crash'`,
      scanId,
    );
    expect(kept).toHaveLength(1);
    expect(await runOf(scanId, "greedy")).toMatchObject({
      status: "skipped",
      reason: "profile standard does not grant http:intrusive, dns:resolve",
      attempt: 0,
    });
    for (const plugin of ["crawl", "cookies", "security-headers"])
      expect(await runOf(scanId, plugin)).toMatchObject({ status: "succeeded" });
    const scan = await scanRow(scanId);
    expect(scan?.health).toEqual(
      expect.arrayContaining([
        expect.objectContaining({ code: "plugin_crashed", detail: expect.stringContaining("crasher") }),
        expect.objectContaining({ code: "plugin_skipped", detail: expect.stringContaining("greedy") }),
      ]),
    );
    expect(scan?.actions.at(0)).toBe("scan.started");
    expect(scan?.actions.at(-1)).toBe("scan.completed");
    expect(scan?.level).toBe((await runOf(scanId, "crawl")).isolationLevel);
  }, 60_000);

  it("leaves a run to the worker that has its code, and says so when there is none", async () => {
    const [knowing] = await haveWorkers(1, STEADY);
    await platform.startWorker({});
    const scanId = await steadyScan();
    expect(await platform.scanEnd(scanId)).toBe("succeeded");
    expect(await knowing?.log()).toContain((await runOf(scanId, "steady")).workerId);
    await haveWorkers(0, STEADY);
    const orphan = await platform.startScan(await newTarget(4));
    await platform.rows(
      "UPDATE plugin_release SET last_seen_at = now() - interval '3 minutes' WHERE name = 'steady'",
    );
    expect(await platform.scanEnd(orphan)).toBe("timed_out");
    expect((await runOf(orphan, "steady")).reason).toMatch(
      /^no worker offered steady 1\.0\.0 with code [0-9a-f]{12}/,
    );
  }, 90_000);
});

it("a worker whose Redis is away says so once in a while, and stops when asked", async () => {
  const redis = await startPrivateRedis();
  const worker = await platform.startWorker({ REDIS_URL: redis.url });
  await redis.stop();
  await sleep(2_000);
  const askedAt = performance.now();
  expect(await worker.stop()).toBe(0);
  expect(performance.now() - askedAt).toBeLessThan(5_000);
  const complaints = (await worker.log())
    .split("\n")
    .filter((line) => line.includes("Redis connection lost"));
  expect(complaints.length).toBeGreaterThan(0);
  expect(complaints.length).toBeLessThan(10);
}, 60_000);

describe("a worker that cannot start", () => {
  it.each([
    ["Redis", { REDIS_URL: "redis://127.0.0.1:1" }, /Redis does not answer: .*ECONNREFUSED.*\n.*REDIS_URL/],
    [
      "the database",
      { DATABASE_URL: "postgres://a:b@127.0.0.1:1/c" },
      /database cannot be used.*\n.*DATABASE_URL/,
    ],
    ["a setting", { LEASE_MS: "1" }, /LEASE_MS must be a whole number/],
    ["a plugin", plugins("broken"), /plugin refused: .*broken\/plugin\.ts: .*kebab-case.*\n.*PLUGIN_DIRS/],
    ["a plugin folder", { PLUGIN_DIRS: "/nowhere" }, /no plugin folder \/nowhere/],
  ])(
    "says that it is because of %s, and what to do",
    async (_, env, line) => {
      const { code, log } = await platform.startFailing(env);
      expect(log).toMatch(line);
      expect(code).toBe(1);
    },
    30_000,
  );
});

import { setTimeout as sleep } from "node:timers/promises";
import { afterAll, beforeAll, describe, expect, it } from "@jest/globals";
import { createSchedule } from "@picket/db";
import { waitFor } from "@picket/testing";
import { chaosTerms, quantile, randomOf, reportChaos } from "./chaos-terms.ts";
import { createPlatform, type Platform, type PlatformProcess, wrongClock } from "./harness.ts";

const PERIOD_MS = 2_000;
/** 20 s; the long form takes minutes. The same seed strikes the same instances in the same order. */
const { amount: MINUTES, seed: SEED } = chaosTerms(1 / 3);
const CHAOS_MS = MINUTES * 60_000;
/** Longest time that a killed instance stays away, ms. */
const MAX_AWAY_MS = 1_000;

let platform: Platform;
/** Three APIs and two workers, and by how many hours their clocks are wrong. */
const INSTANCES = [
  { kind: "api", hours: 1 },
  { kind: "api", hours: -1 },
  { kind: "api", hours: 0 },
  { kind: "worker", hours: 1 },
  { kind: "worker", hours: -1 },
] as const;
/** Null while one is away. */
const instances: (PlatformProcess | null)[] = INSTANCES.map(() => null);
const kills = { api: 0, worker: 0 };

beforeAll(async () => {
  platform = await createPlatform();
  await Promise.all(INSTANCES.map((_, index) => start(index)));
}, 120_000);
afterAll(() => platform.close(), 60_000);

async function start(index: number): Promise<void> {
  const { kind, hours } = INSTANCES[index] ?? INSTANCES[0];
  const env = wrongClock(hours);
  instances[index] =
    kind === "api"
      ? await platform.startApi(env)
      : await platform.startWorker({ ...env, WORKER_CONCURRENCY: "1" });
}

/** Kills an instance and starts it again a moment later, as long as another one is there. */
async function strike(random: () => number): Promise<void> {
  const alive = instances.flatMap((instance, index) => (instance ? [{ instance, index }] : []));
  const victim = alive[Math.floor(random() * alive.length)];
  if (!victim || alive.length === 1) return sleep(100);
  const { instance, index } = victim;
  instances[index] = null;
  await instance.kill();
  kills[INSTANCES[index]?.kind ?? "api"] += 1;
  await sleep(random() * MAX_AWAY_MS);
  await start(index);
}

async function strikeUntil(until: number, seed: number): Promise<void> {
  const random = randomOf(seed);
  while (Date.now() < until) await strike(random);
}

interface RunRow {
  dueAt: Date;
  recordedAt: Date;
  outcome: string;
  scanId: string | null;
}

describe(`a schedule every 2 s, its APIs and workers killed at random, their clocks wrong (seed ${SEED})`, () => {
  it(
    "starts exactly one scan for each due time",
    async () => {
      const targetId = await platform.target({ baseUrl: "http://127.0.0.1:9/" });
      const scheduleId = await platform.database.transaction((sql) =>
        createSchedule(
          sql,
          {
            kind: "scan",
            targetId,
            profile: "passive",
            settings: {},
            cron: "*/2 * * * * *",
            timeZone: "UTC",
            overlap: "allow",
            blackouts: [],
          },
          "token:test",
        ),
      );
      const until = Date.now() + CHAOS_MS;
      // Two at a time, so that more than one instance is away at the same moment.
      await Promise.all([strikeUntil(until, SEED), strikeUntil(until, SEED + 1)]);
      const rows = await settled(scheduleId, until);
      const times = rows.map(({ dueAt }) => dueAt.getTime());
      const steps = times.slice(1).map((time, index) => time - (times[index] ?? 0));
      expect(new Set(steps)).toEqual(new Set([PERIOD_MS]));
      expect(rows.filter(({ outcome }) => outcome !== "started")).toEqual([]);
      const scans = await platform.rows<{ id: string }>(
        "SELECT id FROM scan WHERE target_id = $1::uuid ORDER BY id",
        targetId,
      );
      expect(scans.map(({ id }) => id)).toEqual(rows.map(({ scanId }) => scanId));
      expect(kills.api).toBeGreaterThan(0);
      await report(rows);
    },
    CHAOS_MS + 100_000,
  );
});

/** What became of the due times, once those up to a moment are settled and no more come. */
async function settled(scheduleId: string, until: number): Promise<RunRow[]> {
  const read = () =>
    platform.rows<RunRow>(
      `SELECT due_at AS "dueAt", recorded_at AS "recordedAt", outcome, scan_id AS "scanId" FROM schedule_run WHERE schedule_id = $1::uuid
       ORDER BY due_at`,
      scheduleId,
    );
  await waitFor(async () => ((await read()).at(-1)?.dueAt.getTime() ?? 0) > until - PERIOD_MS, {
    timeoutMs: 30_000,
    what: "the last due time",
  });
  await platform.rows(
    "UPDATE schedule SET enabled = false, next_due_at = NULL WHERE id = $1::uuid",
    scheduleId,
  );
  return read();
}

async function report(rows: readonly RunRow[]): Promise<void> {
  const late = rows.map(({ dueAt, recordedAt }) => recordedAt.getTime() - dueAt.getTime());
  const lateMs = { p50: quantile(late, 0.5), p95: quantile(late, 0.95), max: Math.max(...late) };
  await reportChaos({ seed: SEED, dueTimes: rows.length, kills, lateMs });
}

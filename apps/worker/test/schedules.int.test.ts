import { afterAll, beforeAll, describe, expect, it } from "@jest/globals";
import { createSchedule } from "@picket/db";
import { waitFor } from "@picket/testing";
import { createPlatform, type Platform, type WorkerProcess } from "./harness.ts";

const PERIOD_MS = 2_000;
/** 20 s; infra/chaos/schedules.ts does the same for minutes. */
const CHAOS_MS = Number(process.env.PICKET_CHAOS_MINUTES ?? 1 / 3) * 60_000;

let platform: Platform;
const workers: (WorkerProcess | null)[] = [null, null, null];

beforeAll(async () => {
  platform = await createPlatform();
  await Promise.all(workers.map((_, index) => restart(index)));
}, 120_000);
afterAll(() => platform.close(), 60_000);

async function restart(index: number): Promise<void> {
  workers[index] = await platform.startWorker({ WORKER_CONCURRENCY: "1" });
}

/** Kills one of the workers and starts it again, as long as another one is there. */
async function strike(): Promise<void> {
  const alive = workers.flatMap((worker, index) => (worker ? [index] : []));
  const index = alive[Math.floor(Math.random() * alive.length)];
  const victim = index === undefined ? null : workers[index];
  if (index === undefined || !victim || alive.length === 1) return;
  workers[index] = null;
  await victim.kill();
  await restart(index);
}

interface RunRow {
  dueAt: Date;
  outcome: string;
  scanId: string | null;
}

describe("a schedule every 2 s, its workers killed at random", () => {
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
      let kills = 0;
      while (Date.now() < until) {
        await strike();
        kills += 1;
      }
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
      expect(kills).toBeGreaterThan(1);
    },
    CHAOS_MS + 100_000,
  );
});

/** What became of the due times, once those up to a moment are settled and no more come. */
async function settled(scheduleId: string, until: number): Promise<RunRow[]> {
  const read = () =>
    platform.rows<RunRow>(
      `SELECT due_at AS "dueAt", outcome, scan_id AS "scanId" FROM schedule_run WHERE schedule_id = $1::uuid
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

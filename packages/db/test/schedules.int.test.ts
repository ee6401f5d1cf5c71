import { beforeAll, beforeEach, describe, expect, it, jest } from "@jest/globals";
import type { NewSchedule } from "@picket/core";
import { waitFor } from "@picket/testing";
import { registerReleases } from "../src/plugins/plugin-store.ts";
import { requestRecheck, startDueRecheck } from "../src/rechecks/recheck-store.ts";
import { cancelScans } from "../src/scans/request-scan-cancel.ts";
import { dueSchedules, runSchedule } from "../src/schedules/run-schedule.ts";
import { createSchedule, removeSchedule, updateSchedule } from "../src/schedules/schedule-store.ts";
import { deleteTarget } from "../src/targets/target-store.ts";
import { releaseSeed, seedTarget } from "../src/testing/seed.ts";
import { findSchedule, listScheduleRuns } from "../src/views/schedule-view.ts";
import { seedEndedScan, seedFinding } from "./finding-world.ts";
import { useDatabase } from "./use-database.ts";

const { database } = await useDatabase();
let targetId: string;

beforeAll(async () => {
  await registerReleases(database.sql, [releaseSeed({ name: "cookies" })]);
});
beforeEach(async () => {
  ({ targetId } = await seedTarget(database.sql, { baseUrl: "http://app.test:8080/" }));
});

type ScanSchedule = Extract<NewSchedule, { kind: "scan" }>;

function create(changes: Partial<ScanSchedule> = {}): Promise<string> {
  const schedule: ScanSchedule = {
    kind: "scan",
    targetId,
    profile: "passive",
    settings: {},
    cron: "0 * * * *",
    timeZone: "UTC",
    overlap: "forbid",
    blackouts: [],
    ...changes,
  };
  return database.transaction((sql) => createSchedule(sql, schedule, "token:test"));
}

/** As if the clock had gone on: the schedule has been due for so long. */
async function letPass(id: string, interval: string): Promise<void> {
  await database.sql.query(
    "UPDATE schedule SET next_due_at = date_trunc('hour', now()) - $2::interval WHERE id = $1::uuid",
    [id, interval],
  );
}

function run(id: string): Promise<string[]> {
  return runSchedule(database, id, "0.1.0");
}

async function outcomes(id: string): Promise<string[]> {
  const { items } = await listScheduleRuns(database.sql, id, { limit: 2_000 });
  return items.map(({ outcome }) => outcome);
}

async function scans(): Promise<{ id: string; mode: string; requestedBy: string; isCancelled: boolean }[]> {
  return database.sql.query(
    `SELECT id, mode, requested_by AS "requestedBy", cancel_requested_at IS NOT NULL AS "isCancelled"
     FROM scan WHERE target_id = $1::uuid ORDER BY id`,
    [targetId],
  );
}

/** All that a fake clock leaves as it is: only the time of day is off. */
const TIMERS = [
  "hrtime",
  "nextTick",
  "performance",
  "queueMicrotask",
  "setImmediate",
  "clearImmediate",
  "setInterval",
  "clearInterval",
  "setTimeout",
  "clearTimeout",
] as const;

const WHOLE_WEEK = ["mon", "tue", "wed", "thu", "fri", "sat", "sun"] as const;

describe("runSchedule", () => {
  it("does nothing before it is due", async () => {
    const id = await create();
    expect(await dueSchedules(database.sql)).not.toContain(id);
    expect(await run(id)).toEqual([]);
    expect(await outcomes(id)).toEqual([]);
  });

  it("starts one scan for a due time, whoever comes first of many at once", async () => {
    const id = await create();
    await letPass(id, "0");
    const woken = await Promise.all(Array.from({ length: 8 }, () => run(id)));
    const [scan, ...more] = await scans();
    expect(woken.flat()).toEqual([scan?.id]);
    expect(more).toEqual([]);
    expect(scan).toMatchObject({ mode: "scheduled", requestedBy: `schedule:${id}` });
    expect(await outcomes(id)).toEqual(["started"]);
    const { nextDueAt } = (await findSchedule(database.sql, id)) ?? {};
    expect(nextDueAt?.getTime()).toBeGreaterThan(Date.now());
  });

  it("catches up on the latest of the times that nobody saw, and records the others as missed", async () => {
    const id = await create();
    await letPass(id, "3 hours");
    await run(id);
    expect(await outcomes(id)).toEqual(["started", "missed", "missed", "missed"]);
    expect(await scans()).toHaveLength(1);
  });

  it("records every one of very many missed times, and still starts one scan only", async () => {
    const id = await create({ cron: "* * * * *" });
    await letPass(id, "25 hours");
    while ((await dueSchedules(database.sql)).includes(id)) await run(id);
    const all = await outcomes(id);
    expect(all.length).toBeGreaterThanOrEqual(25 * 60);
    expect([all[0], new Set(all.slice(1))]).toEqual(["started", new Set(["missed"])]);
  });

  it("skips what comes while its scan goes on", async () => {
    const id = await create();
    await letPass(id, "0");
    await run(id);
    await letPass(id, "-1 second");
    expect(await run(id)).toEqual([]);
    expect(await outcomes(id)).toEqual(["skipped_overlap", "started"]);
  });

  it.each([
    ["allow", [false, false]],
    ["replace", [true, false]],
  ] as const)("with overlap %s starts another one", async (overlap, cancelled) => {
    const id = await create({ overlap });
    await letPass(id, "0");
    await run(id);
    await letPass(id, "-1 second");
    const woken = await run(id);
    expect(await outcomes(id)).toEqual(["started", "started"]);
    const all = await scans();
    expect(all.map(({ isCancelled }) => isCancelled)).toEqual(cancelled);
    expect(woken).toEqual(overlap === "replace" ? all.map((scan) => scan.id) : [all[1]?.id]);
  });

  it("starts nothing in a blackout", async () => {
    const id = await create({ blackouts: [{ days: [...WHOLE_WEEK], from: "00:00", to: "24:00" }] });
    await letPass(id, "1 hour");
    await run(id);
    expect(await outcomes(id)).toEqual(["skipped_blackout", "skipped_blackout"]);
    expect(await scans()).toEqual([]);
  });

  it("records that its target is gone, and starts nothing", async () => {
    const id = await create();
    await database.sql.query("UPDATE target SET deleted_at = now() WHERE id = $1::uuid", [targetId]);
    await letPass(id, "0");
    expect(await run(id)).toEqual([]);
    const { items } = await listScheduleRuns(database.sql, id, { limit: 10 });
    expect(items).toMatchObject([
      { outcome: "failed", scanId: null, reason: expect.stringContaining("there is no target") },
    ]);
  });

  it.each([
    [
      "Europe/Berlin",
      "30 2 * * *",
      "2026-03-28T01:30:00Z",
      ["2026-03-28T01:30", "2026-03-29T01:00", "2026-03-30T00:30"],
    ],
    [
      "America/New_York",
      "30 2 * * *",
      "2026-03-07T07:30:00Z",
      ["2026-03-07T07:30", "2026-03-08T07:00", "2026-03-09T06:30"],
    ],
    [
      "Europe/Berlin",
      "30 2 * * *",
      "2025-10-25T00:30:00Z",
      ["2025-10-25T00:30", "2025-10-26T00:30", "2025-10-27T01:30"],
    ],
    [
      "America/New_York",
      "30 1 * * *",
      "2025-11-01T05:30:00Z",
      ["2025-11-01T05:30", "2025-11-02T05:30", "2025-11-03T06:30"],
    ],
  ])(
    "settles each day once when the clocks of %s change: %s from %s",
    async (timeZone, cron, from, times) => {
      const id = await create({ timeZone, cron });
      await database.sql.query("UPDATE schedule SET next_due_at = $2::timestamptz WHERE id = $1::uuid", [
        id,
        from,
      ]);
      await run(id);
      const { items } = await listScheduleRuns(database.sql, id, { limit: 1_000 });
      const firsts = items.map(({ dueAt }) => dueAt.toISOString().slice(0, 16)).reverse();
      expect(firsts.slice(0, 3)).toEqual(times);
    },
  );

  it("goes by the database's clock when a process's own is off", async () => {
    for (const offsetMs of [-600_000, 600_000]) {
      jest.useFakeTimers({ doNotFake: [...TIMERS], now: Date.now() + offsetMs });
      const id = await create({ cron: "* * * * *" }).finally(() => jest.useRealTimers());
      const [row] = await database.sql.query<{ seconds: number }>(
        "SELECT extract(epoch FROM next_due_at - now())::float8 AS seconds FROM schedule WHERE id = $1::uuid",
        [id],
      );
      expect(row?.seconds).toBeGreaterThan(-5);
      expect(row?.seconds).toBeLessThanOrEqual(60);
    }
  });

  it("starts no recheck of a finding while another one is under way", async () => {
    const scanId = await seedEndedScan(database.sql, { targetId, endedAt: 1 });
    const findingId = await seedFinding(database.sql, { targetId, scanId, plugins: ["cookies"] });
    const recheck = {
      kind: "recheck",
      findingId,
      cron: "0 * * * *",
      timeZone: "UTC",
      blackouts: [],
    } as const;
    const ids: string[] = [];
    for (const overlap of ["allow", "replace"] as const)
      ids.push(
        await database.transaction((sql) =>
          createSchedule(sql, { ...recheck, overlap, blackouts: [] }, "token:test"),
        ),
      );
    for (const id of ids) {
      await letPass(id, "0");
      await run(id);
    }
    expect((await Promise.all(ids.map(outcomes))).flat()).toEqual(["started", "skipped_overlap"]);
    expect((await scans()).filter(({ mode }) => mode === "recheck")).toHaveLength(1);
  });

  it("records why a scan could not be planned, and goes on at the next due time", async () => {
    const id = await create();
    await database.sql.query("UPDATE scope_entry SET removed_at = now(), removed_by = 'test'");
    await letPass(id, "0");
    await run(id);
    const { items } = await listScheduleRuns(database.sql, id, { limit: 10 });
    expect(items).toMatchObject([
      { outcome: "failed", scanId: null, reason: expect.stringContaining("scanned") },
    ]);
    expect((await findSchedule(database.sql, id))?.nextDueAt?.getTime()).toBeGreaterThan(Date.now());
  });
});

describe("a schedule", () => {
  it("shows its next due times by the clocks of its zone", async () => {
    const id = await create({ cron: "30 2 * * *", timeZone: "America/New_York" });
    const { upcoming = [] } = (await findSchedule(database.sql, id)) ?? {};
    const clock = new Intl.DateTimeFormat("en-GB", { timeZone: "America/New_York", timeStyle: "short" });
    expect(upcoming.map((time) => clock.format(time))).toEqual(Array(5).fill("02:30"));
  });

  it("that was paused is not due, and on resuming catches up on nothing", async () => {
    const id = await create();
    const change = (enabled: boolean) =>
      database.transaction((sql) => updateSchedule(sql, id, { change: { enabled }, actor: "token:test" }));
    await letPass(id, "5 hours");
    await change(false);
    expect(await findSchedule(database.sql, id)).toMatchObject({
      enabled: false,
      nextDueAt: null,
      upcoming: [],
    });
    expect(await run(id)).toEqual([]);
    await change(true);
    expect(await run(id)).toEqual([]);
    expect(await outcomes(id)).toEqual([]);
  });

  it("that was removed is neither due nor there, and what became of it stays", async () => {
    const id = await create();
    await letPass(id, "0");
    await run(id);
    await database.transaction((sql) => removeSchedule(sql, id, "token:test"));
    expect(await findSchedule(database.sql, id)).toBeNull();
    expect(await dueSchedules(database.sql)).not.toContain(id);
    expect(await outcomes(id)).toEqual(["started"]);
  });

  it.each([
    [{ cron: "0 0 30 2 *" }, /cron: it is never due/],
    [{ cron: "every day" }, /cron: must have five or six fields/],
    [{ targetId: "00000000-0000-7000-8000-000000000000" }, /there is no target/],
  ])("is refused with the reason: %j", async (changes, reason) => {
    await expect(create(changes)).rejects.toThrow(reason);
  });
});

describe("a schedule of a target that is deleted", () => {
  it("is removed with it, on the record", async () => {
    const id = await create();
    await database.command((connection) => deleteTarget(connection, targetId, "token:ada"));
    expect(await findSchedule(database.sql, id)).toBeNull();
    const audit = await database.sql.query(
      `SELECT action::text, actor FROM audit_event
       WHERE params->>'scheduleId' = $1 OR params->>'targetId' = $2 AND action = 'target.deleted' ORDER BY seq`,
      [id, targetId],
    );
    expect(audit).toEqual([
      { action: "schedule.created", actor: "token:test" },
      { action: "schedule.removed", actor: "token:ada" },
      { action: "target.deleted", actor: "token:ada" },
    ]);
  });
});

describe("the kill switch", () => {
  it("also ends the scan that a schedule starts at the same moment, and it is the last one", async () => {
    const id = await create({ overlap: "replace" });
    await letPass(id, "0");
    const [earlier = ""] = await run(id);
    await letPass(id, "-1 second");
    const told: string[] = [];
    let both: Promise<[string[], { scanIds: string[]; pausedScheduleIds: string[] }]> | undefined;
    await database.transaction(async (sql) => {
      await sql.query("SELECT 1 FROM scan WHERE id = $1::uuid FOR UPDATE", [earlier]);
      const started = run(id);
      await blocked(1);
      const which = { targetId, pauseSchedules: true };
      const stopped = cancelScans(database, { which, actor: "token:test" }, async (scanIds) => {
        told.push(...scanIds);
      });
      both = Promise.all([started, stopped]);
      await blocked(2);
      expect(told).toEqual([earlier]);
    });
    const [, stopped] = (await both) ?? [];
    const all = await scans();
    expect(all.map(({ isCancelled }) => isCancelled)).toEqual([true, true]);
    expect(stopped).toEqual({
      scanIds: all.map((scan) => scan.id),
      pausedScheduleIds: [id],
      cancelledRecheckIds: [],
    });
    expect(told).toEqual(all.map((scan) => scan.id));
    expect(await findSchedule(database.sql, id)).toMatchObject({ enabled: false, nextDueAt: null });
  });

  it("takes back a recheck that is about to start: it does not start any more", async () => {
    const scanId = await seedEndedScan(database.sql, { targetId, endedAt: 1 });
    const findingId = await seedFinding(database.sql, { targetId, scanId, plugins: ["cookies"] });
    const at = new Date(Date.now() + 60_000);
    const request = { findingId, requestedBy: "token:test", engineVersion: "0.1.0" };
    const { recheckId } = await requestRecheck(database, { ...request, at });
    await database.sql.query("UPDATE recheck SET due_at = now() WHERE id = $1::uuid", [recheckId]);
    let both: Promise<[{ cancelledRecheckIds: string[] }, string[]]> | undefined;
    await database.transaction(async (sql) => {
      await sql.query("SELECT 1 FROM recheck WHERE id = $1::uuid FOR UPDATE", [recheckId]);
      const which = { targetId, pauseSchedules: true };
      const stopped = cancelScans(database, { which, actor: "token:test" }, async () => undefined);
      await blocked(1);
      both = Promise.all([stopped, startDueRecheck(database, recheckId, "0.1.0")]);
      await blocked(2);
    });
    const [{ cancelledRecheckIds }, woken] = (await both) ?? [{}];
    expect([cancelledRecheckIds, woken]).toEqual([[recheckId], []]);
    expect((await scans()).map(({ id }) => id)).toEqual([scanId]);
  });

  /** Waits until so many of the database's transactions wait for another. */
  async function blocked(count: number): Promise<void> {
    await waitFor(async () => {
      const waiting =
        await database.sql.query(`SELECT DISTINCT pid FROM pg_locks JOIN pg_stat_activity USING (pid)
         WHERE NOT granted AND datname = current_database()`);
      return waiting.length === count;
    });
  }
});

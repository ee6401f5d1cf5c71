import { afterAll, beforeEach, describe, expect, it } from "@jest/globals";
import type { NewExceptionScope } from "@picket/core";
import { createDatabase } from "../src/database.ts";
import { decideException, extendException } from "../src/exceptions/exception-store.ts";
import { keepExceptions } from "../src/exceptions/exception-upkeep.ts";
import { findException, listExceptions } from "../src/views/exception-view.ts";
import {
  APPROVER,
  createExceptionBench,
  type ExceptionBench,
  inDays,
  REQUESTER,
  type Sight,
} from "./exception-bench.ts";
import { openDatabase } from "./use-database.ts";

const test = await openDatabase();
const { database, owner } = test;
/** Two more workers, each with a pool of its own. */
const others = [2, 3].map((number) =>
  createDatabase({ url: test.appUrl, applicationName: `test ${number}` }),
);
const workers = [database, ...others];
let bench: ExceptionBench;

const FINDING: NewExceptionScope = { kind: "finding" };
const A: Sight = { path: "/a" };
const B: Sight = { path: "/b" };

afterAll(async () => {
  for (const worker of others) await worker.close();
  await test.drop();
});
beforeEach(async () => {
  bench = await createExceptionBench(database);
  await bench.scan([A]);
});

/** All three at once, again and again. */
async function keep(rounds = 1): Promise<void> {
  for (let round = 0; round < rounds; round++)
    await Promise.all(workers.map((worker, index) => keepExceptions(worker, `worker:${index}`)));
}

/** What the outbox was told, in order. */
async function told(id: string): Promise<string[]> {
  const events = await database.sql.query<{ text: string }>(
    `SELECT concat_ws(' ', type, payload->>'days') AS text FROM outbox_event
     WHERE payload->>'exceptionId' = $1 ORDER BY id`,
    [id],
  );
  return events.map(({ text }) => text);
}

/** As if it had been asked for and decided that many days ago and ended in that many. */
async function live(
  id: string,
  { sinceDays, forDays }: { sinceDays: number; forDays: number },
): Promise<void> {
  await owner.query(
    `UPDATE exception_record
     SET created_at = now() - make_interval(secs => $2::float8 * 86400), decided_at = now() - make_interval(secs => $2::float8 * 86400),
         expires_at = now() + make_interval(secs => $3::float8 * 86400)
     WHERE id = $1`,
    [id, sinceDays, forDays],
  );
}

describe("what has expired", () => {
  it("is written down and audited once, by one of three workers", async () => {
    const ids = [await bench.accept(FINDING), await bench.propose({ kind: "type_on_target" })];
    await live(ids[0] ?? "", { sinceDays: 10, forDays: -1 });
    await owner.query(
      "UPDATE exception_record SET created_at = now() - interval '2 days', expires_at = now() WHERE id = $1",
      [ids[1]],
    );
    await keep(3);
    const events = await database.sql.query<{ actor: string }>(
      `SELECT params->>'exceptionId' AS id, actor, params->'before'->>'status' AS before,
              params->'after'->>'status' AS after
       FROM audit_event WHERE action = 'exception.expired' AND params->>'targetId' = $1 ORDER BY id`,
      [bench.targetId],
    );
    const actor = expect.stringMatching(/^worker:\d$/);
    expect(events).toEqual([
      { id: ids[0], actor, before: "active", after: "expired" },
      { id: ids[1], actor, before: "proposed", after: "expired" },
    ]);
    expect(await told(ids[0] ?? "")).toEqual(["exception.expired"]);
    expect(await findException(database.sql, ids[0] ?? "")).toMatchObject({ status: "expired" });
  });

  it("is written down once each when there is much of it", async () => {
    await owner.query(
      `INSERT INTO exception_record (id, project_id, target_id, scope, finding_key, finding_type, max_severity, reason,
                                     owner, requested_by, requester_person, created_at, expires_at)
       SELECT gen_random_uuid(), t.project_id, t.id, 'finding', 'v1:' || n, 'x', 'low', 'x', 'Ada', 'token:a', 'ada',
              now() - interval '2 days', now() - interval '1 day'
       FROM target t, generate_series(1, 80) n WHERE t.id = $1`,
      [bench.targetId],
    );
    await keep();
    const [events] = await database.sql.query<{ all: number; distinct: number }>(
      `SELECT count(*)::int AS all, count(DISTINCT params->>'exceptionId')::int AS distinct FROM audit_event
       WHERE action = 'exception.expired' AND params->>'targetId' = $1`,
      [bench.targetId],
    );
    expect(events).toEqual({ all: 80, distinct: 80 });
  });

  it("is passed over while another has it in hand", async () => {
    const id = await bench.accept(FINDING);
    await live(id, { sinceDays: 10, forDays: -1 });
    await owner.query("BEGIN");
    await owner.query("SELECT 1 FROM exception_record WHERE id = $1 FOR UPDATE", [id]);
    expect(await keepExceptions(database, "worker:0")).toEqual({ expired: 0, reminded: 0, stale: 0 });
    await owner.query("COMMIT");
    expect(await keepExceptions(database, "worker:0")).toMatchObject({ expired: 1 });
  });

  it("leaves alone what is in force", async () => {
    const id = await bench.accept(FINDING, { expiresAt: inDays(300) });
    await keep();
    expect(await told(id)).toEqual([]);
    expect(await bench.excepted()).toHaveLength(1);
  });
});

describe("reminders", () => {
  it("come 30, 7 and 1 days before the end, once each", async () => {
    const id = await bench.accept(FINDING, { expiresAt: inDays(300) });
    const seen: string[][] = [];
    for (const forDays of [30.5, 29.5, 7.5, 6.5, 0.5]) {
      await live(id, { sinceDays: 50, forDays });
      await keep(2);
      seen.push(await told(id));
    }
    const reminders = [30, 7, 1].map((days) => `exception.reminder ${days}`);
    expect(seen).toEqual([
      [],
      reminders.slice(0, 1),
      reminders.slice(0, 1),
      reminders.slice(0, 2),
      reminders,
    ]);
  });

  it("that were due before the decision are none", async () => {
    const id = await bench.accept(FINDING, { expiresAt: inDays(5) });
    await keep();
    expect(await told(id)).toEqual([]);
    await live(id, { sinceDays: 4.5, forDays: 0.5 });
    await keep();
    expect(await told(id)).toEqual(["exception.reminder 1"]);
  });

  it("after a standstill are the nearest one only", async () => {
    const id = await bench.accept(FINDING);
    await live(id, { sinceDays: 100, forDays: 0.5 });
    await keep(2);
    expect(await told(id)).toEqual(["exception.reminder 1"]);
  });

  it("are not for what is proposed, nor for what was extended", async () => {
    const id = await bench.accept(FINDING);
    await live(id, { sinceDays: 100, forDays: 6 });
    const extension = { reason: "later", expiresAt: inDays(200) };
    const longer = await database.transaction((sql) =>
      extendException(sql, id, { extension, by: REQUESTER }),
    );
    await database.transaction((sql) => decideException(sql, longer, { decision: "approve", by: APPROVER }));
    const proposal = await bench.propose({ kind: "type_on_target" }, { expiresAt: inDays(6) });
    await keep();
    expect([await told(id), await told(longer), await told(proposal)]).toEqual([[], [], []]);
  });
});

describe("an exception that covers nothing", () => {
  const staleIds = async (stale = true) => {
    const page = await listExceptions(database.sql, { target: bench.targetId, stale }, { limit: 10 });
    return page.items.map(({ id }) => id);
  };

  it("is stale after three complete scans, and reported once", async () => {
    const id = await bench.accept(FINDING);
    const other = await bench.accept({ kind: "type_on_target" });
    await bench.scan([]);
    await bench.scan([]);
    await keep();
    expect([await staleIds(), await told(id)]).toEqual([[], []]);
    await bench.scan([]);
    expect((await staleIds()).sort()).toEqual([id, other].sort());
    await keep(2);
    expect(await told(id)).toEqual(["exception.stale"]);
    expect(await staleIds(false)).toEqual([]);
  });

  it("is not when one of them saw what it covers", async () => {
    const id = await bench.accept(FINDING);
    for (const sights of [[], [A], [], []]) await bench.scan(sights);
    expect(await staleIds()).toEqual([]);
    await bench.scan([]);
    expect(await staleIds()).toEqual([id]);
  });

  it("is when they saw the finding at places outside of its scope only", async () => {
    const id = await bench.accept({ kind: "instance", instanceId: await bench.instanceId("/a") });
    for (let count = 0; count < 3; count++) await bench.scan([B]);
    expect(await staleIds()).toEqual([id]);
  });

  it("is not by scans that failed or did not run the detector", async () => {
    await bench.accept(FINDING);
    const scans = [await bench.scan([]), await bench.scan([]), await bench.scan([])];
    expect(await staleIds()).toHaveLength(1);
    await owner.query("UPDATE scan SET status = 'failed' WHERE id = $1", [scans[0]]);
    expect(await staleIds()).toEqual([]);
    await owner.query("UPDATE scan SET status = 'succeeded' WHERE id = $1", [scans[0]]);
    await owner.query("UPDATE module_run SET plugin = 'other' WHERE scan_id = $1", [scans[1]]);
    expect(await staleIds()).toEqual([]);
  });
});

import { createHash } from "node:crypto";
import { afterEach, beforeEach, describe, expect, it } from "@jest/globals";
import { uuidv7 } from "@picket/core";
import { appendAudit } from "../src/audit/audit-store.ts";
import { verifyAudit } from "../src/audit/audit-verify.ts";
import type { Database } from "../src/database.ts";
import type { OwnerConnection } from "./owner.ts";
import { type OpenDatabase, openDatabase } from "./use-database.ts";

let test: OpenDatabase;
let database: Database;
let owner: OwnerConnection;

beforeEach(async () => {
  test = await openDatabase({ poolMax: 20 });
  ({ database, owner } = test);
});
afterEach(() => test.drop());

const NEW_PROJECT = { actor: "cli", action: "project.created", params: { name: "Shop" } } as const;

async function appendMany(count: number): Promise<void> {
  for (let number = 0; number < count; number++) await appendAudit(database.sql, NEW_PROJECT);
}

/** Changes what no role may change: as somebody would who has the database's files. */
async function tamper(sql: string): Promise<void> {
  await owner.query("ALTER TABLE audit_event DISABLE TRIGGER USER");
  await owner.query(sql);
  await owner.query("ALTER TABLE audit_event ENABLE TRIGGER USER");
}

describe("the audit chain", () => {
  it("is computed alike in the database and here, whatever the events hold", async () => {
    const scanId = uuidv7();
    const odd = ["é", "日本", "😀", "a:b", "1:", '"\\', "\u2028", "", "x".repeat(10_000)];
    for (const text of odd) {
      await appendAudit(database.sql, {
        actor: `token:${text}`,
        action: "scan.started",
        scanId,
        params: { [text]: text, deep: [{ n: 1e300, m: -0.1 }, null, true] },
      });
    }
    const verification = await verifyAudit(database.sql);
    expect(verification).toMatchObject({ checked: odd.length, broken: null });
    const [last] = await owner.query<{ hash: string }>(
      "SELECT hash FROM audit_event ORDER BY seq DESC LIMIT 1",
    );
    expect(verification.head).toBe(last?.hash);
  });

  it("is empty and sound before the first event", async () => {
    expect(await verifyAudit(database.sql)).toEqual({
      checked: 0,
      isComplete: true,
      head: "0".repeat(64),
      checkpoint: null,
      broken: null,
    });
  });

  it("leaves number, time and hashes to nobody who writes", async () => {
    await database.sql.query(
      `INSERT INTO audit_event (seq, at, actor, action, params, previous_hash, hash)
       VALUES (7, '2000-01-01', 'cli', 'scope.added', '{}', repeat('a', 64), repeat('b', 64))`,
    );
    const [event] = await owner.query(
      "SELECT seq::int, at > now() - interval '1 minute' AS fresh FROM audit_event",
    );
    expect(event).toEqual({ seq: 1, fresh: true });
    expect((await verifyAudit(database.sql)).broken).toBeNull();
  });

  it("has neither gap nor fork when twenty write at once and some give up", async () => {
    const write = (number: number) =>
      database.transaction(async (sql) => {
        await appendAudit(sql, { ...NEW_PROJECT, params: { number } });
        if (number % 5 === 0) throw new Error("gives up");
      });
    const results = await Promise.allSettled(Array.from({ length: 200 }, (_, number) => write(number)));
    expect(results.filter(({ status }) => status === "rejected")).toHaveLength(40);
    const [range] = await owner.query("SELECT min(seq)::int, max(seq)::int, count(*)::int FROM audit_event");
    expect(range).toEqual({ min: 1, max: 160, count: 160 });
    expect(await verifyAudit(database.sql)).toMatchObject({ checked: 160, broken: null });
  });
});

describe("verifyAudit", () => {
  it.each([
    ["actor", "UPDATE audit_event SET actor = 'clj' WHERE seq = 5", "5", "content"],
    ["action", "UPDATE audit_event SET action = 'project.updated' WHERE seq = 5", "5", "content"],
    ["scan", "UPDATE audit_event SET scan_id = gen_random_uuid() WHERE seq = 5", "5", "content"],
    ["params", `UPDATE audit_event SET params = '{"name": "Shoq"}' WHERE seq = 5`, "5", "content"],
    ["time", "UPDATE audit_event SET at = at + interval '1 microsecond' WHERE seq = 5", "5", "content"],
    ["hash", "UPDATE audit_event SET hash = repeat('0', 64) WHERE seq = 5", "5", "content"],
    ["link", "UPDATE audit_event SET previous_hash = repeat('0', 64) WHERE seq = 5", "5", "link"],
    ["number", "UPDATE audit_event SET seq = 50 WHERE seq = 12", "50", "event 12 is missing"],
    ["absence", "DELETE FROM audit_event WHERE seq = 5", "6", "event 5 is missing"],
    [
      "recomputed hash",
      `UPDATE audit_event SET actor = 'clj' WHERE seq = 5;
       UPDATE audit_event e SET hash = audit_hash(e) WHERE seq = 5`,
      "6",
      "link",
    ],
  ])("finds a changed %s", async (_what, sql, seq, problem) => {
    await appendMany(12);
    await tamper(sql);
    const { broken } = await verifyAudit(database.sql);
    expect(broken).toEqual({ seq, problem: expect.stringContaining(problem) });
  });

  it("shows by its head that the end was cut off", async () => {
    await appendMany(3);
    const { head } = await verifyAudit(database.sql);
    await tamper("DELETE FROM audit_event WHERE seq = 3");
    const after = await verifyAudit(database.sql);
    expect(after.broken).toBeNull();
    expect(after.head).not.toBe(head);
  });

  it("goes on from a checkpoint in parts, and sees all that came after it", async () => {
    await appendMany(12);
    const first = await verifyAudit(database.sql, { limit: 5 });
    expect(first).toMatchObject({
      checked: 5,
      isComplete: false,
      checkpoint: `5:${first.head}`,
      broken: null,
    });
    const from = first.checkpoint ?? "";
    expect(await verifyAudit(database.sql, { from, limit: 7 })).toMatchObject({
      checked: 7,
      isComplete: false,
    });
    const rest = await verifyAudit(database.sql, { from });
    expect(rest).toEqual({ ...(await verifyAudit(database.sql)), checked: 7 });
    await tamper("UPDATE audit_event SET actor = 'clj' WHERE seq = 9");
    expect(await verifyAudit(database.sql, { from })).toMatchObject({ checked: 3, broken: { seq: "9" } });
  });

  it.each([
    [
      "rewritten with all that follows",
      "UPDATE audit_event SET hash = repeat('1', 64) WHERE seq = 5",
      "checkpoint",
    ],
    ["changed under its old hash", "UPDATE audit_event SET actor = 'clj' WHERE seq = 5", "content"],
    ["cut off with all that follows", "DELETE FROM audit_event WHERE seq >= 5", "event 5 is missing"],
  ])("finds the event of a checkpoint %s", async (_what, sql, problem) => {
    await appendMany(5);
    const { checkpoint } = await verifyAudit(database.sql);
    await appendMany(3);
    await tamper(sql);
    const { broken, checked } = await verifyAudit(database.sql, { from: checkpoint ?? "" });
    expect([broken, checked]).toEqual([{ seq: "5", problem: expect.stringContaining(problem) }, 0]);
  });

  it("finds one changed byte among 100,000 events", async () => {
    await owner.query(
      `INSERT INTO audit_event (actor, action, params)
       SELECT 'token:abcdefgh', 'module.run', jsonb_build_object('plugin', 'crawl', 'number', n)
       FROM generate_series(1, 100000) n`,
    );
    expect(await verifyAudit(database.sql)).toMatchObject({ checked: 100_000, broken: null });
    await tamper("UPDATE audit_event SET actor = 'token:abcdefgi' WHERE seq = 99999");
    expect((await verifyAudit(database.sql)).broken?.seq).toBe("99999");
  }, 120_000);

  it("reads what the SHA-256 of any other tool gives as well", async () => {
    await appendAudit(database.sql, { actor: "cli", action: "scope.added", params: {} });
    const [event] = await owner.query<{ micros: string; hash: string }>(
      "SELECT (extract(epoch FROM at) * 1000000)::bigint::text AS micros, hash FROM audit_event",
    );
    const micros = event?.micros ?? "";
    const text = `1:1${micros.length}:${micros}3:cli11:scope.added0:2:{}64:${"0".repeat(64)}`;
    expect(createHash("sha256").update(text).digest("hex")).toBe(event?.hash);
  });
});

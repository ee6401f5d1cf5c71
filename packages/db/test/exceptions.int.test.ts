import { setTimeout as sleep } from "node:timers/promises";
import { beforeEach, describe, expect, it } from "@jest/globals";
import type { ExceptionActor, NewExceptionScope, Role } from "@picket/core";
import { waitFor } from "@picket/testing";
import type { Database } from "../src/database.ts";
import { decideException, extendException, revokeException } from "../src/exceptions/exception-store.ts";
import { mergeFinding, undoOverride } from "../src/identity/override-store.ts";
import { setExceptionApprovers } from "../src/projects/project-store.ts";
import { findException, listExceptions } from "../src/views/exception-view.ts";
import { findFinding } from "../src/views/finding-view.ts";
import {
  APPROVER,
  createExceptionBench,
  type ExceptionBench,
  inDays,
  REQUESTER,
  type Sight,
} from "./exception-bench.ts";
import { useDatabase } from "./use-database.ts";

const { database, owner } = await useDatabase();
let bench: ExceptionBench;

const TYPE = "missing-csp";
const FINDING: NewExceptionScope = { kind: "finding" };
const A: Sight = { path: "/a" };
const B: Sight = { path: "/b" };

beforeEach(async () => {
  bench = await createExceptionBench(database);
  await bench.scan([A]);
});

function transact<Result>(work: (sql: Database["sql"]) => Promise<Result>): Promise<Result> {
  return database.transaction(work);
}

function approve(id: string, by = APPROVER): Promise<void> {
  return transact((sql) => decideException(sql, id, { decision: "approve", by }));
}
function extend(id: string, days: number): Promise<string> {
  const extension = { reason: "the fix is late", expiresAt: inDays(days) };
  return transact((sql) => extendException(sql, id, { extension, by: REQUESTER }));
}
async function setApprovers(roles: readonly Role[]): Promise<void> {
  const [target] = await database.sql.query<{ project: string }>(
    "SELECT project_id AS project FROM target WHERE id = $1::uuid",
    [bench.targetId],
  );
  await database.command((connection) =>
    setExceptionApprovers(connection, target?.project ?? "", { roles, actor: "token:admin" }),
  );
}
function revoke(id: string): Promise<void> {
  return transact((sql) => revokeException(sql, id, APPROVER));
}

describe("an exception in force", () => {
  it("takes its finding out of the open list, and out of no other's", async () => {
    await bench.scan([A, { ...A, type: "missing-hsts" }]);
    const other = await createExceptionBench(database);
    await other.scan([A]);
    await bench.accept(FINDING);
    expect([await bench.open(), await bench.excepted()]).toEqual([["missing-hsts"], [TYPE]]);
    expect(await other.open()).toEqual([TYPE]);
  });

  it("has no effect before it is approved, nor after it was rejected", async () => {
    const id = await bench.propose(FINDING);
    expect(await bench.open()).toEqual([TYPE]);
    await transact((sql) => decideException(sql, id, { decision: "reject", by: APPROVER }));
    expect(await bench.open()).toEqual([TYPE]);
  });

  it("ends by the clock, with nothing running", async () => {
    const id = await bench.accept(FINDING, { expiresAt: new Date(Date.now() + 1_500) });
    expect(await bench.open()).toEqual([]);
    expect((await findException(database.sql, id))?.status).toBe("active");
    await sleep(1_600);
    expect([await bench.open(), await bench.excepted()]).toEqual([[TYPE], []]);
    expect((await findException(database.sql, id))?.status).toBe("expired");
    expect(await findFinding(database.sql, await bench.findingId())).toMatchObject({
      isExcepted: false,
      exceptions: [],
    });
    expect(await owner.query("SELECT status FROM exception_record WHERE id = $1", [id])).toEqual([
      { status: "approved" },
    ]);
  });

  it("outlives every rescan that sees the same", async () => {
    await bench.accept(FINDING);
    await bench.scan([A]);
    await bench.scan([]);
    await bench.scan([{ ...A, title: "Reworded" }]);
    expect([await bench.open(), await bench.excepted()]).toEqual([[], [TYPE]]);
  });

  it("covers a less severe match, and no more severe one", async () => {
    await bench.accept(FINDING);
    await bench.scan([{ ...A, severity: "low" }]);
    expect(await bench.open()).toEqual([]);
    await bench.scan([{ ...A, severity: "high" }]);
    expect(await bench.open()).toEqual([TYPE]);
    await bench.scan([{ ...A, severity: "medium" }]);
    expect(await bench.open()).toEqual([]);
  });

  it("ends at once when it is revoked", async () => {
    await revoke(await bench.accept(FINDING));
    expect(await bench.open()).toEqual([TYPE]);
  });
});

describe("a new place", () => {
  it("is outside of scope finding, until nobody sees it there any more", async () => {
    await bench.accept(FINDING);
    await bench.scan([A, B]);
    expect(await bench.open()).toEqual([TYPE]);
    await bench.scan([A]);
    expect(await bench.open()).toEqual([TYPE]);
    await owner.query("UPDATE instance SET fixed_at = now() WHERE id = $1", [await bench.instanceId("/b")]);
    expect(await bench.open()).toEqual([]);
  });

  it("is within scope finding when it was there at approval", async () => {
    const id = await bench.propose(FINDING);
    await bench.scan([A, B]);
    await approve(id);
    expect(await bench.open()).toEqual([]);
  });

  it("is outside of scope instance; exceptions of all places together cover the finding", async () => {
    await bench.accept({ kind: "instance", instanceId: await bench.instanceId("/a") });
    expect(await bench.open()).toEqual([]);
    await bench.scan([A, B]);
    expect(await bench.open()).toEqual([TYPE]);
    await bench.accept({ kind: "instance", instanceId: await bench.instanceId("/b") });
    expect(await bench.open()).toEqual([]);
  });

  it("on the same route is within scope type_on_route, on another it is not", async () => {
    await bench.accept({ kind: "type_on_route", route: "/a" });
    await bench.scan([A, { path: "/a?other=1" }]);
    expect(await bench.open()).toEqual([]);
    await bench.scan([A, B]);
    expect(await bench.open()).toEqual([TYPE]);
  });

  it("is within scope type_on_target, as other findings of the type are", async () => {
    await bench.accept({ kind: "type_on_target" });
    await bench.scan([A, B, { path: "/c", rootCause: { level: "route", key: "" } }]);
    expect([await bench.open(), await bench.excepted()]).toEqual([[], [TYPE, TYPE]]);
    await bench.scan([{ ...A, type: "missing-hsts" }]);
    expect(await bench.open()).toEqual(["missing-hsts"]);
  });
});

describe("a finding that was merged into an accepted one", () => {
  const OTHER = "other-thing";
  const merge = async () =>
    transact(async (sql) => {
      const into = await bench.findingId();
      return mergeFinding(sql, await bench.findingId(OTHER), { into, reason: "the same" }, APPROVER.actor);
    });

  beforeEach(async () => {
    await bench.scan([A, { ...B, type: OTHER }]);
  });

  it("is not accepted by that; when the merge is undone, all is as it was", async () => {
    await bench.accept(FINDING);
    const id = await merge();
    expect(await bench.open()).toEqual([TYPE]);
    await transact((sql) => undoOverride(sql, id, APPROVER.actor));
    expect([await bench.open(), await bench.excepted()]).toEqual([[OTHER], [TYPE]]);
  });

  it("stays accepted when it was", async () => {
    await bench.accept(FINDING);
    await bench.accept(FINDING, { findingId: await bench.findingId(OTHER) });
    await merge();
    expect([await bench.open(), await bench.excepted()]).toEqual([[], [TYPE]]);
  });

  it("is accepted by a decision about the whole", async () => {
    await merge();
    await bench.accept(FINDING);
    expect(await bench.open()).toEqual([]);
  });
});

describe("an extension", () => {
  it("is a proposal of its own; the present term stays in force until its own end", async () => {
    const id = await bench.accept(FINDING, { expiresAt: new Date(Date.now() + 1_500) });
    const longer = await extend(id, 60);
    expect(await findException(database.sql, longer)).toMatchObject({
      status: "proposed",
      supersedesId: id,
      scope: { kind: "finding" },
      owner: "Ada",
      reason: "the fix is late",
      approver: null,
    });
    expect(await bench.open()).toEqual([]);
    await waitFor(async () => (await bench.open()).length === 1, { what: "the end of the present term" });
    await approve(longer);
    expect(await bench.open()).toEqual([]);
  });

  it("needs another person's approval like any other", async () => {
    const longer = await extend(await bench.accept(FINDING), 60);
    await expect(approve(longer, { ...REQUESTER, role: "approver" })).rejects.toMatchObject({
      code: "FORBIDDEN",
    });
  });

  it("is refused twice at a time, of what is not active, and to an earlier end", async () => {
    const id = await bench.accept(FINDING);
    await expect(extend(id, 29)).rejects.toMatchObject({ code: "INVALID_INPUT" });
    await expect(extend(id, 366)).rejects.toMatchObject({ code: "INVALID_INPUT" });
    const longer = await extend(id, 60);
    await expect(extend(id, 90)).rejects.toMatchObject({ code: "CONFLICT" });
    await expect(extend(longer, 90)).rejects.toMatchObject({ code: "CONFLICT" });
    await revoke(id);
    await expect(extend(id, 90)).rejects.toMatchObject({ code: "CONFLICT" });
  });

  it("is revoked with what it extends, whichever is named", async () => {
    const first = await bench.accept(FINDING);
    const second = await extend(first, 60);
    await approve(second);
    await revoke(second);
    const statuses = await Promise.all([first, second].map((id) => findException(database.sql, id)));
    expect(statuses.map((exception) => exception?.status)).toEqual(["revoked", "revoked"]);
    expect(await bench.open()).toEqual([TYPE]);
  });
});

describe("four eyes", () => {
  const OTHER_TOKEN: ExceptionActor = { actor: "token:other", person: REQUESTER.person, role: "admin" };

  it("are two persons', not two tokens'", async () => {
    const id = await bench.propose(FINDING);
    await expect(approve(id, OTHER_TOKEN)).rejects.toMatchObject({
      code: "FORBIDDEN",
      hint: "rita asked; another person with the role approver or admin decides.",
    });
    await approve(id);
    const longer = await extend(id, 60);
    await expect(approve(longer, OTHER_TOKEN)).rejects.toMatchObject({ code: "FORBIDDEN" });
    expect(await findException(database.sql, id)).toMatchObject({
      requesterPerson: "rita",
      approverPerson: "paul",
    });
  });

  it("are of the roles that the project names, from the moment it does", async () => {
    const id = await bench.propose(FINDING);
    const operator: ExceptionActor = { ...APPROVER, role: "operator" };
    await expect(approve(id, operator)).rejects.toMatchObject({
      code: "FORBIDDEN",
      message: expect.stringContaining("the role approver or admin; token:approver is operator"),
    });
    await setApprovers(["operator"]);
    await expect(approve(id)).rejects.toMatchObject({ code: "FORBIDDEN" });
    await approve(id, operator);
    await setApprovers(["admin"]);
    await expect(transact((sql) => revokeException(sql, id, operator))).rejects.toMatchObject({
      code: "FORBIDDEN",
    });
  });
});

describe("proposals", () => {
  it("of one scope are one at a time, of two at the same moment too", async () => {
    let second: Promise<unknown> = Promise.resolve();
    await bench.propose(FINDING, {}, async () => {
      second = bench.propose(FINDING).catch((error) => error.code);
      await sleep(300);
    });
    expect(await second).toBe("CONFLICT");
    await bench.propose({ kind: "type_on_target" });
  });

  it("are decided once, of several decisions at the same moment too", async () => {
    const id = await bench.propose(FINDING);
    const decisions = ["approve", "reject", "approve", "reject"] as const;
    const outcomes = await Promise.allSettled(
      decisions.map((decision) => transact((sql) => decideException(sql, id, { decision, by: APPROVER }))),
    );
    expect(outcomes.filter(({ status }) => status === "fulfilled")).toHaveLength(1);
  });

  it("lapse by the clock: they cannot be approved then, and another can be made", async () => {
    const id = await bench.propose(FINDING, { expiresAt: new Date(Date.now() + 300) });
    await sleep(350);
    expect((await findException(database.sql, id))?.status).toBe("expired");
    await expect(approve(id)).rejects.toMatchObject({ code: "CONFLICT" });
    await bench.propose(FINDING);
  });

  it("name a place of the finding", async () => {
    const elsewhere = await createExceptionBench(database);
    await elsewhere.scan([B]);
    const instanceId = await elsewhere.instanceId("/b");
    await expect(bench.propose({ kind: "instance", instanceId })).rejects.toMatchObject({
      details: { issues: [{ path: "scope.instanceId" }] },
    });
    await expect(bench.propose({ kind: "type_on_route", route: "/nowhere" })).rejects.toMatchObject({
      details: { issues: [{ path: "scope.route" }] },
    });
  });

  it.each(["owner", "reason", "scope", "expires_at", "requested_by", "requester_person"])(
    "without %s cannot be stored by any statement",
    async (column) => {
      await bench.propose(FINDING);
      const columns = await owner.query<{ name: string }>(
        `SELECT column_name AS name FROM information_schema.columns
       WHERE table_name = 'exception_record' AND column_name NOT IN ('id', $1)`,
        [column],
      );
      const names = columns.map(({ name }) => name).join(", ");
      const copy = `INSERT INTO exception_record (id, ${names}) SELECT gen_random_uuid(), ${names} FROM exception_record`;
      await expect(database.sql.query(copy)).rejects.toMatchObject({ code: "23502", column });
    },
  );

  it("cannot be decided by another token of who asked, by any statement", async () => {
    const id = await bench.propose(FINDING);
    const statement = `UPDATE exception_record SET status = 'approved', approver = 'token:other',
                              approver_person = requester_person, decided_at = now() WHERE id = $1`;
    await expect(database.sql.query(statement, [id])).rejects.toMatchObject({
      constraint: "exception_four_eyes_person",
    });
  });

  it("cannot be decided by who asked, nor prolonged, by any statement", async () => {
    const id = await bench.propose(FINDING);
    await expect(
      database.sql.query(
        "UPDATE exception_record SET status = 'approved', approver = requested_by, approver_person = 'paul', decided_at = now() WHERE id = $1",
        [id],
      ),
    ).rejects.toMatchObject({ constraint: "exception_four_eyes" });
    await expect(
      database.sql.query("UPDATE exception_record SET expires_at = now() + interval '1 day' WHERE id = $1", [
        id,
      ]),
    ).rejects.toMatchObject({ code: "42501" });
  });
});

describe("the audit", () => {
  it("has one event for each transition, with actor, before and after", async () => {
    const first = await bench.accept(FINDING);
    const second = await extend(first, 60);
    await transact((sql) => decideException(sql, second, { decision: "reject", by: APPROVER }));
    await revoke(first);
    const events = await database.sql.query(
      `SELECT action, actor, params->>'exceptionId' AS id, params->'before'->>'status' AS before,
              params->'after'->>'status' AS after
       FROM audit_event WHERE params->>'targetId' = $1 AND action::text LIKE 'exception.%' ORDER BY seq`,
      [bench.targetId],
    );
    expect(events).toEqual([
      { action: "exception.created", actor: REQUESTER.actor, id: first, before: null, after: "proposed" },
      { action: "exception.approved", actor: APPROVER.actor, id: first, before: "proposed", after: "active" },
      { action: "exception.extended", actor: REQUESTER.actor, id: second, before: null, after: "proposed" },
      {
        action: "exception.rejected",
        actor: APPROVER.actor,
        id: second,
        before: "proposed",
        after: "rejected",
      },
      { action: "exception.revoked", actor: APPROVER.actor, id: first, before: "active", after: "revoked" },
    ]);
  });
});

describe("GET /exceptions", () => {
  it("filters by status as it is by the clock, and by finding", async () => {
    const id = await bench.accept(FINDING);
    const filter = { target: bench.targetId };
    const idsOf = async (more: object) =>
      (await listExceptions(database.sql, { ...filter, ...more }, { limit: 10 })).items.map(
        (item) => item.id,
      );
    expect(await idsOf({ status: "active" })).toEqual([id]);
    expect(await idsOf({ status: "expired" })).toEqual([]);
    expect(await idsOf({ finding: await bench.findingId() })).toEqual([id]);
    expect(await findFinding(database.sql, await bench.findingId())).toMatchObject({
      isExcepted: true,
      exceptions: [{ id, status: "active", scope: "finding", owner: "Ada" }],
    });
  });
});

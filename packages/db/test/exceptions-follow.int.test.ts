import { beforeEach, describe, expect, it } from "@jest/globals";
import { routeFor } from "@picket/core";
import { decideException, extendException } from "../src/exceptions/exception-store.ts";
import { mergeFinding, splitFinding, undoOverride } from "../src/identity/override-store.ts";
import { listFindingEvidence } from "../src/views/evidence-view.ts";
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

const { database } = await useDatabase();
let bench: ExceptionBench;

const TYPE = "missing-csp";
const OTHER = "other-thing";
const FINDING = { kind: "finding" } as const;
const A: Sight = { path: "/a" };
const B: Sight = { path: "/b", type: OTHER };

beforeEach(async () => {
  bench = await createExceptionBench(database);
});

async function merge(from: string, into: string): Promise<string> {
  const [fromId, intoId] = [await bench.findingId(from), await bench.findingId(into)];
  return database.transaction((sql) =>
    mergeFinding(sql, fromId, { into: intoId, reason: "the same" }, APPROVER.actor),
  );
}

function undo(id: string): Promise<void> {
  return database.transaction((sql) => undoOverride(sql, id, APPROVER.actor));
}

async function split(path: string): Promise<string> {
  const [findingId, instanceId] = [await bench.findingId(), await bench.instanceId(path)];
  return database.transaction((sql) =>
    splitFinding(sql, findingId, { instanceIds: [instanceId], reason: "another cause" }, APPROVER.actor),
  );
}

async function fixPlace(path: string): Promise<void> {
  const id = await bench.instanceId(path);
  await database.sql.query("UPDATE instance SET fixed_at = now() WHERE id = $1::uuid", [id]);
}

const shown = async () => ({ open: await bench.open(), excepted: await bench.excepted() });

describe("an exception of a finding that became part of another", () => {
  let exception: string;
  beforeEach(async () => {
    await bench.scan([A, B]);
    exception = await bench.accept(FINDING, { findingId: await bench.findingId(OTHER) });
  });

  it("covers the places that it brought and no others", async () => {
    await merge(OTHER, TYPE);
    expect(await shown()).toEqual({ open: [TYPE], excepted: [] });
    await fixPlace("/a");
    expect(await shown()).toEqual({ open: [], excepted: [TYPE] });
    await bench.scan([{ ...A, path: "/new" }]);
    expect(await shown()).toEqual({ open: [TYPE], excepted: [] });
  });

  it("covers them no more when the whole is more severe than what was accepted", async () => {
    await bench.scan([{ ...A, severity: "high" }]);
    await fixPlace("/a");
    await merge(OTHER, TYPE);
    expect(await shown()).toEqual({ open: [TYPE], excepted: [] });
  });

  it("outlives rescans, further merges included, and all is as it was when they are undone", async () => {
    await bench.scan([{ path: "/c", type: "third-thing" }]);
    const before = await shown();
    const merges = [await merge(OTHER, TYPE), await merge(TYPE, "third-thing")];
    await fixPlace("/a");
    await fixPlace("/c");
    await bench.scan([B]);
    expect(await shown()).toEqual({ open: [], excepted: ["third-thing"] });
    for (const id of merges.toReversed()) await undo(id);
    expect(await shown()).toEqual(before);
  });

  it("is not brought under what was decided about the other before", async () => {
    await bench.scan([{ path: "/c", type: "third-thing" }]);
    await merge(OTHER, TYPE);
    await bench.accept(FINDING, { findingId: await bench.findingId("third-thing") });
    await merge(TYPE, "third-thing");
    await fixPlace("/b");
    expect(await shown()).toEqual({ open: ["third-thing"], excepted: [] });
  });

  it("says of which it is part, and is listed with it", async () => {
    await merge(OTHER, TYPE);
    const finding = await bench.findingId();
    expect(await findException(database.sql, exception)).toMatchObject({ mergedIntoId: finding });
    const { items } = await listExceptions(database.sql, { finding }, { limit: 10 });
    expect(items).toMatchObject([{ id: exception, status: "active", isStale: false }]);
    expect((await findFinding(database.sql, finding))?.exceptions).toMatchObject([{ id: exception }]);
  });

  it("is stale only when three scans saw none of what it brought", async () => {
    await merge(OTHER, TYPE);
    for (const _ of [1, 2, 3]) await bench.scan([A, B]);
    expect((await findException(database.sql, exception))?.isStale).toBe(false);
    for (const _ of [1, 2, 3]) await bench.scan([A]);
    expect((await findException(database.sql, exception))?.isStale).toBe(true);
  });

  it("is not stale when both showed at the same place", async () => {
    await bench.scan([A, { ...B, path: "/a" }]);
    await fixPlace("/b");
    await merge(OTHER, TYPE);
    for (const _ of [1, 2, 3]) await bench.scan([A]);
    expect((await findException(database.sql, exception))?.isStale).toBe(false);
  });

  it("is neither prolonged nor approved after the merge: there is another finding to decide about", async () => {
    const pending = await bench.propose(FINDING);
    await merge(TYPE, OTHER);
    await expect(
      database.transaction((sql) => decideException(sql, pending, { decision: "approve", by: APPROVER })),
    ).rejects.toMatchObject({ code: "CONFLICT", message: expect.stringContaining("is part of finding") });
    await database.transaction((sql) => decideException(sql, pending, { decision: "reject", by: APPROVER }));
    await bench.scan([{ path: "/c", type: "third-thing" }]);
    await merge(OTHER, "third-thing");
    const extension = { reason: "late", expiresAt: inDays(60) };
    await expect(
      database.transaction((sql) => extendException(sql, exception, { extension, by: REQUESTER })),
    ).rejects.toMatchObject({ code: "CONFLICT" });
  });
});

describe("an exception of a type", () => {
  it("covers what was merged into a finding of another type", async () => {
    await bench.scan([A, B]);
    await bench.accept({ kind: "type_on_target" }, { findingId: await bench.findingId(OTHER) });
    await merge(OTHER, TYPE);
    await fixPlace("/a");
    expect(await shown()).toEqual({ open: [], excepted: [TYPE] });
  });
});

describe("an exception of a finding that was split", () => {
  it("covers the part as well, and one of the whole since does not", async () => {
    await bench.scan([A, { path: "/b" }]);
    await bench.accept(FINDING);
    await split("/b");
    expect(await shown()).toEqual({ open: [], excepted: [TYPE, TYPE] });
    bench = await createExceptionBench(database);
    await bench.scan([A, { path: "/b" }]);
    const whole = await bench.findingId();
    await split("/b");
    await bench.accept(FINDING, { findingId: whole });
    expect(await shown()).toEqual({ open: [TYPE], excepted: [TYPE] });
  });
});

describe("an exception of a type on a route", () => {
  const TENTS = Array.from({ length: 12 }, (_, index) => `/product/red-tent-${index}`);
  const [FIRST = "", SECOND = ""] = TENTS;
  const onRoute = (path: string): Sight => ({ path, rootCause: { level: "route", key: "" } });

  it("outlives that the route is learned to be one of many, and covers none of the others", async () => {
    await bench.scan([onRoute(FIRST)]);
    await bench.accept({ kind: "type_on_route", route: FIRST });
    expect(await bench.discover(TENTS)).toEqual(["/product/{slug}"]);
    await bench.scan([onRoute(FIRST)]);
    expect(await shown()).toEqual({ open: [], excepted: [TYPE] });
    await bench.scan([{ ...onRoute(SECOND), method: "POST" }]);
    expect(await shown()).toEqual({ open: [TYPE], excepted: [TYPE] });
  });

  it("shows what it is united with, and covers it again when the learned route is taken back", async () => {
    await bench.scan([onRoute(FIRST), onRoute(SECOND)]);
    await bench.accept({ kind: "type_on_route", route: FIRST });
    await bench.discover(TENTS);
    expect(await shown()).toEqual({ open: [TYPE], excepted: [] });
    const [override] = await database.sql.query<{ id: string }>(
      "SELECT id FROM identity_override WHERE target_id = $1::uuid",
      [bench.targetId],
    );
    await undo(override?.id ?? "");
    expect(await shown()).toEqual({ open: [TYPE], excepted: [TYPE] });
  });

  it("of a learned route outlives that it is taken back", async () => {
    await bench.scan([onRoute(FIRST), onRoute(SECOND)]);
    await bench.discover(TENTS);
    await bench.accept({ kind: "type_on_route", route: "/product/{slug}" });
    const [override] = await database.sql.query<{ id: string }>(
      "SELECT id FROM identity_override WHERE target_id = $1::uuid",
      [bench.targetId],
    );
    await undo(override?.id ?? "");
    expect(await shown()).toEqual({ open: [], excepted: [TYPE, TYPE] });
  });
});

describe("is_on_route", () => {
  const LEARNED = new Set(["/shop/{slug}", "/user/{name}", "/user/{name}/{slug}"]);
  const PATHS = [
    ...["/", "/shop/red-tent", "/shop/plain", "/shop/a.b-1", "/user/alice", "/user/alice/post-1", "/user/a1"],
    ...[
      "/user/alice/post",
      "/order/17",
      "/order/0123456789abcdef",
      "/a.b/c+d(e)*",
      "/a%20b/$x",
      "/shop/red-tent/",
    ],
    "/order/123e4567-e89b-12d3-a456-426614174000",
  ];

  it("says of every path and every route what core says", async () => {
    const routes = [...new Set([...PATHS.map((path) => routeFor(LEARNED, path))])];
    const pairs = PATHS.flatMap((path) => routes.map((route) => ({ path, route })));
    const said = await database.sql.query<{ is: boolean }>(
      `SELECT is_on_route('https://app.test:8443' || path || '?q=/shop/x-1', route) AS is
       FROM unnest($1::text[], $2::text[]) AS pair(path, route)`,
      [pairs.map(({ path }) => path), pairs.map(({ route }) => route)],
    );
    const wanted = pairs.map(({ path, route }) => routeFor(LEARNED, path) === route);
    expect(said.map(({ is }) => is)).toEqual(wanted);
    expect(wanted.filter(Boolean)).toHaveLength(PATHS.length);
  });
});

describe("the evidence of a finding", () => {
  it("has that of what was merged into it, over several merges", async () => {
    await bench.scan([A, B, { path: "/c", type: "third-thing" }]);
    const third = await bench.findingId("third-thing");
    const count = async () => (await listFindingEvidence(database.sql, third, { limit: 10 })).items.length;
    await bench.scan([B]);
    await bench.scan([A]);
    expect(await count()).toBe(1);
    await merge(OTHER, TYPE);
    const last = await merge(TYPE, "third-thing");
    expect(await count()).toBe(3);
    await undo(last);
    expect(await count()).toBe(1);
  });
});

import { beforeAll, describe, expect, it } from "@jest/globals";
import { FindingFilter, FindingView } from "@picket/core";
import { deleteTarget } from "../src/targets/target-store.ts";
import { seedTarget } from "../src/testing/seed.ts";
import { listFindings } from "../src/views/finding-list-view.ts";
import type { PageKey } from "../src/views/list.ts";
import { type FindingSeed, seedEndedScan, seedException, seedFinding } from "./finding-world.ts";
import { useDatabase } from "./use-database.ts";

const { database } = await useDatabase();

interface World {
  projectId: string;
  targetId: string;
  scanId: string;
  seed(seed?: Omit<FindingSeed, "targetId" | "scanId">): Promise<string>;
}

async function createWorld(): Promise<World> {
  const { sql } = database;
  const { projectId, targetId } = await seedTarget(sql, { baseUrl: "http://app.test/" });
  const scanId = await seedEndedScan(sql, { targetId, endedAt: 1 });
  return { projectId, targetId, scanId, seed: (seed) => seedFinding(sql, { ...seed, targetId, scanId }) };
}

async function list(query: object, limit = 50) {
  const { items } = await listFindings(database.sql, FindingFilter.parse(query), { limit });
  return items;
}

const idsOf = async (query: object) => (await list(query)).map(({ id }) => id);

/** Every id, page by page; `between` runs after each. */
async function walk(query: object, limit: number, between: () => Promise<unknown>): Promise<string[]> {
  const ids: string[] = [];
  let after: PageKey | undefined;
  do {
    const page = await listFindings(database.sql, FindingFilter.parse(query), { limit, after });
    ids.push(...page.items.map(({ id }) => id));
    after = page.next ?? undefined;
    await between();
  } while (after);
  return ids;
}

describe("views of findings", () => {
  let world: World;
  const made: Record<string, string> = {};

  beforeAll(async () => {
    world = await createWorld();
    const kinds: Record<string, Pick<FindingSeed, "change" | "status">> = {
      fresh: { change: "new" },
      back: { change: "reopened" },
      still: { change: "still_present" },
      unseen: { change: "not_observed" },
      gone: { change: "fixed", status: "fixed" },
      unassessed: {},
      deleted: { change: "new", status: "soft_deleted" },
      accepted: { change: "new" },
      acceptedUnseen: { change: "not_observed" },
      lapsed: { change: "new" },
    };
    for (const [name, kind] of Object.entries(kinds)) made[name] = await world.seed(kind);
    await seedException(database.sql, made.accepted ?? "", 3_600);
    await seedException(database.sql, made.acceptedUnseen ?? "", 3_600);
    await seedException(database.sql, made.lapsed ?? "", -1);
  });

  const named = async (query: object) => {
    const ids = await idsOf({ target: world.targetId, ...query });
    return Object.keys(made)
      .filter((name) => ids.includes(made[name] ?? ""))
      .sort();
  };

  it.each<[FindingView, string[]]>([
    ["news", ["back", "fresh", "lapsed"]],
    ["open", ["back", "fresh", "lapsed", "still", "unassessed", "unseen"]],
    ["fixed", ["gone"]],
    ["not_observed", ["unseen"]],
    ["excepted", ["accepted", "acceptedUnseen"]],
    [
      "all",
      ["accepted", "acceptedUnseen", "back", "fresh", "gone", "lapsed", "still", "unassessed", "unseen"],
    ],
  ])("%s", async (view, expected) => {
    expect(await named({ view })).toEqual(expected);
    expect((await idsOf({ view })).toSorted()).toEqual(
      (await idsOf({ view, target: world.targetId })).toSorted(),
    );
    expect(await named({ view, project: world.projectId })).toEqual(expected);
    expect(await named({ view, q: "policy" })).toEqual(expected);
  });

  it("is news by default, and all when a scan or a status is asked for", async () => {
    expect(await named({})).toEqual(["back", "fresh", "lapsed"]);
    expect(await named({ scan: world.scanId })).toEqual(await named({ view: "all" }));
    expect(await named({ newInScan: world.scanId })).toEqual(await named({ view: "all" }));
    expect(await named({ status: "fixed" })).toEqual(["gone"]);
    expect(await named({ status: "soft_deleted" })).toEqual(["deleted"]);
    expect(await named({ scan: world.scanId, view: "news" })).toEqual(["back", "fresh", "lapsed"]);
  });

  it("brings an accepted finding back the moment its exception ends, with no job", async () => {
    const other = await createWorld();
    const id = await other.seed({ change: "new" });
    await seedException(database.sql, id, 0.7);
    expect(await idsOf({ target: other.targetId })).toEqual([]);
    await new Promise((resolve) => setTimeout(resolve, 1_000));
    expect(await idsOf({ target: other.targetId })).toEqual([id]);
    expect(await idsOf({ target: other.targetId, view: "excepted" })).toEqual([]);
  });

  it("is empty where nothing is", async () => {
    const empty = await createWorld();
    for (const view of FindingView.options) {
      expect(await idsOf({ view, target: empty.targetId })).toEqual([]);
      expect(await idsOf({ view, target: "0190a0a0-0000-7000-8000-000000000000" })).toEqual([]);
      expect(await idsOf({ view, owner: "nobody" })).toEqual([]);
    }
  });

  it("says of each finding what the last scan said, who reports it and where", async () => {
    const { scanId, targetId } = world;
    const items = await list({ view: "all", target: targetId });
    const item = (name: string) => items.find(({ id }) => id === made[name]);
    const nothing = { reason: null, cause: null, scanId };
    expect(item("fresh")).toMatchObject({
      lastChange: { ...nothing, change: "new", cause: "new_exposure" },
      isExcepted: false,
      instanceCount: 1,
      place: { method: "GET", url: "http://app.test/", parameter: null },
      attributions: [
        { plugin: "headers", version: "1.0.0", firstSeenScanId: scanId, firstSeenAt: expect.any(Date) },
      ],
    });
    expect(item("unseen")?.lastChange).toEqual({
      ...nothing,
      change: "not_observed",
      reason: "plugin_failed",
    });
    expect(item("unassessed")?.lastChange).toBeNull();
    expect(item("accepted")?.isExcepted).toBe(true);
  });
});

describe("findings of a deleted target", () => {
  it("leave every view that does not ask for it or one of its scans", async () => {
    const world = await createWorld();
    await database.sql.query("UPDATE target SET owner = 'Edsger' WHERE id = $1::uuid", [world.targetId]);
    await world.seed({ change: "new" });
    await world.seed({ change: "not_observed" });
    await world.seed({ change: "fixed", status: "fixed" });
    await seedException(database.sql, await world.seed({ change: "new" }), 3_600);
    const { projectId: project, targetId: target, scanId: scan } = world;
    const everywhere = FindingView.options.flatMap((view) =>
      [{}, { project }, { owner: "Edsger" }, { q: "policy" }].map((query) => ({ view, ...query })),
    );
    const history = [...FindingView.options.map((view) => ({ view, target })), { scan }, { newInScan: scan }];
    const ofWorld = async (query: object) =>
      (await list(query, 500)).filter(({ targetId }) => targetId === target).length;
    const counts = (queries: object[]) => Promise.all(queries.map(ofWorld));
    const [shown, known] = [await counts(everywhere), await counts(history)];
    expect([...shown, ...known].every((count) => count > 0)).toBe(true);

    await database.command((connection) => deleteTarget(connection, target, "cli"));

    expect(await counts(everywhere)).toEqual(everywhere.map(() => 0));
    expect(await counts(history)).toEqual(known);
  });
});

describe("filters and orders", () => {
  let world: World;
  let other: World;
  const made: Record<string, string> = {};

  beforeAll(async () => {
    world = await createWorld();
    other = await createWorld();
    await database.sql.query("UPDATE target SET owner = 'Grace' WHERE id = $1::uuid", [world.targetId]);
    const change = "new" as const;
    const at = (microseconds: number) => `2026-03-01T00:00:00.00000${microseconds}Z`;
    made.a = await world.seed({
      change,
      severity: "low",
      score: 99,
      type: "missing-hsts",
      lastSeenAt: at(3),
    });
    made.b = await world.seed({
      change,
      severity: "high",
      score: 60,
      plugins: ["headers", "cookies"],
      lastSeenAt: at(1),
    });
    made.c = await world.seed({
      change,
      severity: "high",
      score: 80,
      title: "100% _literal\\",
      lastSeenAt: at(4),
    });
    made.d = await world.seed({
      change,
      severity: "info",
      score: 80,
      plugins: ["cookies"],
      lastSeenAt: at(2),
    });
    made.e = await world.seed({ change, severity: "high", score: 80, lastSeenAt: at(1) });
    made.elsewhere = await other.seed({ change, severity: "critical" });
  });

  const named = async (query: object) =>
    (await idsOf(query)).map((id) => Object.keys(made).find((name) => made[name] === id)).join("");

  it.each<[string, object, string]>([
    ["severity", { severity: "high" }, "ecb"],
    ["severity of the least", { severity: "info" }, "d"],
    ["confidence", { confidence: "medium" }, "ecd"],
    ["type", { type: "missing-hsts" }, "a"],
    ["plugin, also one of several", { plugin: "cookies" }, "bd"],
    ["owner", { owner: "Grace" }, "ecbad"],
    ["status", { status: "open" }, "ecbad"],
    ["several at once", { severity: "high", plugin: "cookies", confidence: "low", q: "POLICY" }, "b"],
    ["a word in the type", { q: "hsts" }, "a"],
    ["a percent sign", { q: "%" }, "c"],
    ["an underscore", { q: "_" }, "c"],
    ["a backslash", { q: "\\" }, "c"],
    ["what would be SQL", { q: "' OR 1=1 --" }, ""],
  ])("filters by %s", async (_name, query, expected) => {
    expect(await named({ target: world.targetId, ...query })).toBe(expected);
  });

  it.each([
    ["severity", "ecbad"],
    ["newest", "edcba"],
    ["confidence", "aedcb"],
    ["last_seen", "cadeb"],
  ])("orders by %s, ties by the newest", async (sort, expected) => {
    expect(await named({ target: world.targetId, sort })).toBe(expected);
    expect(await named({ owner: "Grace", q: "o", sort, view: "open" })).toBe(expected.replace("c", ""));
  });

  it("merges the targets of a project or owner into one order", async () => {
    await database.sql.query("UPDATE target SET owner = 'Alan' WHERE id = ANY ($1::uuid[])", [
      [world.targetId, other.targetId],
    ]);
    expect((await idsOf({ owner: "Alan" }))[0]).toBe(made.elsewhere);
    expect(await idsOf({ owner: "Alan" })).toHaveLength(6);
  });
});

describe("paging", () => {
  const SEVERITIES = ["critical", "high", "medium", "low", "info"] as const;

  it.each(["severity", "newest", "last_seen", "confidence"])(
    "by %s neither repeats nor misses a finding while four writers add and change others",
    async (sort) => {
      const world = await createWorld();
      const seedOne = (number: number, seed: object = {}) =>
        world.seed({
          change: "new",
          severity: SEVERITIES[number % 5] ?? "info",
          score: 60 + (number % 3) * 15,
          lastSeenAt: `2026-03-01T00:00:00.00${number % 7}00${number % 9}Z`,
          ...seed,
        });
      const before: string[] = [];
      for (let number = 0; number < 60; number++) before.push(await seedOne(number));
      let isDone = false;
      const writers = [0, 1, 2, 3].map(async (number) => {
        for (let turn = number; !isDone; turn++) {
          const id = await seedOne(turn);
          await database.sql.query(
            "UPDATE finding SET status = 'fixed', fixed_at = now(), is_news = false WHERE id = $1::uuid",
            [id],
          );
          await seedOne(turn + 1);
        }
      });
      const met = await walk({ target: world.targetId, sort }, 7, () =>
        seedOne(2, { lastSeenAt: "2026-02-01" }),
      );
      isDone = true;
      await Promise.all(writers);
      expect(met).toHaveLength(new Set(met).size);
      expect(before.filter((id) => !met.includes(id))).toEqual([]);
    },
  );
});

import { beforeAll, describe, expect, it } from "@jest/globals";
import type { Change, ChangeResource } from "@picket/core";
import { seedTarget } from "../src/testing/seed.ts";
import { listChanges } from "../src/views/change-view.ts";
import { countCoverage, listCoverage } from "../src/views/coverage-view.ts";
import { countDiff, findDiffPair, listDiff } from "../src/views/diff-view.ts";
import type { Page, PageKey } from "../src/views/list.ts";
import { listRegressions } from "../src/views/regression-view.ts";
import { findScan } from "../src/views/scan-view.ts";
import { seedChanges, seedEndedScan, seedFinding } from "./finding-world.ts";
import { useDatabase } from "./use-database.ts";

const { database } = await useDatabase();
let targetId: string;
const scans: Record<string, string> = {};
const findings: Record<string, string> = {};

/** What four scans and a recheck between the last two say of each finding; `-`: nothing. */
const LIVES: Record<string, readonly (Change | "-")[]> = {
  //            first            second           third            recheck         last
  steady: ["new", "still_present", "still_present", "-", "still_present"],
  repaired: ["new", "still_present", "fixed", "-", "-"],
  proven: ["new", "still_present", "still_present", "fixed", "-"],
  returned: ["new", "fixed", "-", "-", "reopened"],
  flapping: ["new", "fixed", "reopened", "fixed", "reopened"],
  missed: ["new", "still_present", "still_present", "-", "not_observed"],
  late: ["-", "-", "new", "-", "still_present"],
  lateMissed: ["-", "-", "new", "-", "not_observed"],
  fleeting: ["-", "-", "new", "fixed", "-"],
  fresh: ["-", "-", "-", "-", "new"],
  longGone: ["new", "fixed", "-", "-", "-"],
};
const SCANS = ["first", "second", "third", "recheck", "last"];

beforeAll(async () => {
  const { sql } = database;
  ({ targetId } = await seedTarget(sql, { baseUrl: "http://app.test/" }));
  for (const [endedAt, name] of SCANS.entries()) {
    const mode = name === "recheck" ? "recheck" : "interactive";
    scans[name] = await seedEndedScan(sql, { targetId, endedAt, mode });
  }
  scans.running = await seedEndedScan(sql, { targetId, endedAt: null });
  for (const [name, life] of Object.entries(LIVES)) {
    const scanId = scans[SCANS[life.indexOf("new")] ?? ""] ?? "";
    findings[name] = await seedFinding(sql, { targetId, scanId, title: name });
  }
  for (const [index, name] of SCANS.entries()) {
    const said = Object.entries(LIVES).flatMap(([finding, life]) => {
      const change = life[index];
      return change && change !== "-" ? [[findings[finding] ?? "", change] as const] : [];
    });
    await seedChanges(sql, scans[name] ?? "", Object.fromEntries(said));
  }
});

const scan = (name: string) => scans[name] ?? "";

/** `name: change` of every item, over pages of two. */
async function statements(
  read: (after?: PageKey) => Promise<Page<ChangeResource>>,
): Promise<Record<string, string>> {
  const items: ChangeResource[] = [];
  let after: PageKey | undefined;
  do {
    const page = await read(after);
    items.push(...page.items);
    after = page.next ?? undefined;
  } while (after);
  const said = items.map(({ change, reason, cause, finding }) => {
    return [finding.title, [change, reason ?? cause].filter(Boolean).join(" ")] as const;
  });
  expect(new Set(said.map(([title]) => title)).size).toBe(said.length);
  return Object.fromEntries(said);
}

async function diff(to: string, from?: string) {
  const pair = await findDiffPair(database.sql, scan(to), from && scan(from));
  const totals = await countDiff(database.sql, pair);
  const items = await statements((after) => listDiff(database.sql, pair, {}, { limit: 2, after }));
  return { totals, items };
}

const openAfter = (name: string) =>
  Object.entries(LIVES).flatMap(([finding, life]) => {
    const last = life.slice(0, SCANS.indexOf(name) + 1).findLast((change) => change !== "-");
    return last && last !== "fixed" ? [finding] : [];
  });

describe("changes of a scan", () => {
  it("are listed by kind, new first, and by filter", async () => {
    const all = await statements((after) => listChanges(database.sql, scan("last"), {}, { limit: 2, after }));
    expect(Object.entries(all)).toEqual([
      ["fresh", "new new_exposure"],
      ["returned", "reopened"],
      ["flapping", "reopened"],
      ["steady", "still_present"],
      ["late", "still_present"],
      ["missed", "not_observed plugin_failed"],
      ["lateMissed", "not_observed plugin_failed"],
    ]);
    const some = await listChanges(database.sql, scan("last"), { change: "reopened" }, { limit: 9 });
    expect(some.items).toHaveLength(2);
    const reasons = await listChanges(database.sql, scan("last"), { reason: "auth_lost" }, { limit: 9 });
    expect(reasons).toEqual({ items: [], next: null });
  });

  it("are counted with the scan, and unknown before it has ended", async () => {
    expect((await findScan(database.sql, scan("last")))?.changes).toEqual({
      new: 1,
      reopened: 2,
      still_present: 2,
      fixed: 0,
      not_observed: 2,
      notObservedReasons: { plugin_failed: 2 },
    });
    expect((await findScan(database.sql, scan("running")))?.changes).toBeNull();
  });
});

describe("the diff of two scans", () => {
  it("is what the scan said, when the scan before it is the baseline", async () => {
    const { totals, items } = await diff("third", "second");
    expect(items).toEqual(
      await statements((after) => listChanges(database.sql, scan("third"), {}, { limit: 2, after })),
    );
    expect(totals.counts).toEqual({ new: 3, reopened: 1, still_present: 3, fixed: 1, not_observed: 0 });
  });

  it("spans what happened in between", async () => {
    const { items } = await diff("last", "second");
    expect(items).toEqual({
      fresh: "new new_exposure",
      late: "new new_exposure",
      lateMissed: "new new_exposure",
      returned: "reopened",
      flapping: "reopened",
      steady: "still_present",
      repaired: "fixed",
      proven: "fixed",
      missed: "not_observed plugin_failed",
    });
  });

  it.each([
    ["second", "first"],
    ["third", "first"],
    ["third", "second"],
    ["last", "first"],
    ["last", "second"],
    ["last", "third"],
  ])("reconciles from %s since %s: each open finding before and after is there once", async (to, from) => {
    const { totals, items } = await diff(to, from);
    const having = (...kinds: string[]) =>
      Object.keys(items)
        .filter((name) => kinds.includes((items[name] ?? "").split(" ")[0] ?? ""))
        .sort();
    expect(having("still_present", "fixed", "not_observed")).toEqual(openAfter(from).sort());
    expect(having("new", "reopened", "still_present", "not_observed")).toEqual(openAfter(to).sort());
    expect(totals.openBefore).toBe(openAfter(from).length);
    expect(totals.openAfter).toBe(openAfter(to).length);
    expect(Object.values(totals.counts).reduce((sum, count) => sum + count)).toBe(Object.keys(items).length);
  });

  it("never calls fixed what no scan called fixed", async () => {
    const { sql } = database;
    const other = await seedTarget(sql, { baseUrl: "http://other.test/" });
    const before = await seedEndedScan(sql, { targetId: other.targetId, endedAt: 1 });
    const after = await seedEndedScan(sql, { targetId: other.targetId, endedAt: 2 });
    const id = await seedFinding(sql, { targetId: other.targetId, scanId: before });
    await seedChanges(sql, before, { [id]: "new" });
    const pair = await findDiffPair(sql, after);
    expect(pair.baselineScanId).toBe(before);
    const { items } = await listDiff(sql, pair, {}, { limit: 9 });
    expect(items).toMatchObject([{ change: "not_observed", reason: "plugin_not_run" }]);
  });

  it("takes the scan's own baseline, else the scan before it, else none", async () => {
    expect((await diff("last")).totals.baselineScanId).toBe(scan("third"));
    expect((await diff("first")).totals).toMatchObject({
      baselineScanId: null,
      counts: { new: 7, fixed: 0 },
      openBefore: 0,
    });
    const own = await seedEndedScan(database.sql, { targetId, endedAt: 90, baselineScanId: scan("first") });
    expect((await findDiffPair(database.sql, own)).baselineScanId).toBe(scan("first"));
    await database.sql.query("UPDATE scan SET finished_at = '2025-01-01' WHERE id = $1::uuid", [own]);
  });

  it("filters by change", async () => {
    const pair = await findDiffPair(database.sql, scan("last"), scan("second"));
    const { items } = await listDiff(database.sql, pair, { change: "fixed" }, { limit: 9 });
    expect(items.map(({ finding }) => finding.title)).toEqual(["repaired", "proven"]);
  });

  it("refuses scans that cannot be compared, and says why", async () => {
    const { sql } = database;
    const { targetId: elsewhere } = await seedTarget(sql, { baseUrl: "http://else.test/" });
    const foreign = await seedEndedScan(sql, { targetId: elsewhere, endedAt: 0 });
    const none = "0190a0a0-0000-7000-8000-000000000000";
    const refusal = (to: string, from?: string) =>
      findDiffPair(sql, to, from).then(
        () => "accepted",
        ({ code, message }) => `${code} ${message}`,
      );
    expect(await refusal(none)).toMatch(/^NOT_FOUND/);
    expect(await refusal(scan("running"))).toMatch(/^CONFLICT .* has not ended/);
    expect(await refusal(scan("recheck"))).toMatch(/^CONFLICT .* recheck/);
    expect(await refusal(scan("last"), none)).toMatch(/^INVALID_INPUT .* no such scan/);
    expect(await refusal(scan("last"), foreign)).toMatch(/^INVALID_INPUT .* another target/);
    expect(await refusal(scan("last"), scan("recheck"))).toMatch(/^INVALID_INPUT .* recheck/);
    expect(await refusal(scan("last"), scan("running"))).toMatch(/^INVALID_INPUT .* ended before/);
    expect(await refusal(scan("first"), scan("last"))).toMatch(/^INVALID_INPUT .* ended before/);
    expect(await refusal(scan("last"), scan("last"))).toMatch(/^INVALID_INPUT .* ended before/);
  });
});

describe("regressions of a target", () => {
  const titles = async (count: number) => {
    const { items } = await listRegressions(database.sql, targetId, { scans: count }, { limit: 9 });
    return items.map(({ finding, timesReopened, isFlapping }) => [finding.title, timesReopened, isFlapping]);
  };

  it("are the findings that came back within the last scans, the most often first", async () => {
    expect(await titles(10)).toEqual([
      ["flapping", 2, true],
      ["returned", 1, false],
    ]);
    // The last scan, the one before it, and the recheck between them.
    expect(await titles(2)).toEqual([
      ["flapping", 2, true],
      ["returned", 1, false],
    ]);
    const { items } = await listRegressions(database.sql, targetId, { scans: 10 }, { limit: 1 });
    expect(items[0]?.history.map(({ change }) => change)).toEqual(LIVES.flapping);
    expect(items[0]?.history[0]).toMatchObject({ scanId: scan("first"), finishedAt: expect.any(Date) });
  });

  it("keep their scans from page to page, though another scan ends meanwhile", async () => {
    const { sql } = database;
    const first = await listRegressions(sql, targetId, { scans: 2 }, { limit: 1 });
    const later = await seedEndedScan(sql, { targetId, endedAt: 60 });
    await seedChanges(sql, later, { [findings.longGone ?? ""]: "reopened" });
    const second = await listRegressions(sql, targetId, { scans: 2 }, { limit: 9, after: first.next ?? [] });
    expect(second.items.map(({ finding }) => finding.title)).toEqual(["returned"]);
    expect((await titles(2)).map(([title]) => title)).toContain("longGone");
  });

  it("are none for a target without scans", async () => {
    const empty = await seedTarget(database.sql, { baseUrl: "http://empty.test/" });
    const page = await listRegressions(database.sql, empty.targetId, { scans: 10 }, { limit: 9 });
    expect(page).toEqual({ items: [], next: null });
  });
});

describe("coverage of a scan", () => {
  it("tells module by module where it looked and how healthy that was, page by page", async () => {
    const { sql } = database;
    await sql.query(
      `INSERT INTO coverage (module_run_id, location_key, scan_id, method, route, health, exchanges, healthy)
       SELECT r.id, encode(sha256(convert_to(n::text, 'UTF8')), 'hex'), r.scan_id, 'GET', '/' || n,
              CASE WHEN n % 3 = 0 THEN 'blocked' ELSE 'healthy' END, n, CASE WHEN n % 3 = 0 THEN 0 ELSE n END
       FROM module_run r, generate_series(1, 7) n WHERE r.scan_id = $1::uuid AND r.plugin = 'headers'`,
      [scan("last")],
    );
    expect(await countCoverage(sql, scan("last"))).toEqual({
      modules: [
        { plugin: "cookies", places: 0, byHealth: {} },
        { plugin: "headers", places: 7, byHealth: { blocked: 2, healthy: 5 } },
      ],
    });
    const routes: string[] = [];
    let after: PageKey | undefined;
    do {
      const page = await listCoverage(sql, scan("last"), {}, { limit: 3, after });
      routes.push(...page.items.map(({ route }) => route));
      after = page.next ?? undefined;
    } while (after);
    expect(routes.sort()).toEqual(["/1", "/2", "/3", "/4", "/5", "/6", "/7"]);
    const blocked = await listCoverage(
      sql,
      scan("last"),
      { health: "blocked", plugin: "headers" },
      { limit: 9 },
    );
    expect(blocked.items.map(({ exchanges }) => exchanges).sort()).toEqual([3, 6]);
    expect((await listCoverage(sql, scan("last"), { plugin: "cookies" }, { limit: 9 })).items).toEqual([]);
    expect(await countCoverage(sql, "0190a0a0-0000-7000-8000-000000000000")).toBeNull();
  });
});

import { beforeEach, describe, expect, it } from "@jest/globals";
import { type CoverageHealth, uuidv7 } from "@picket/core";
import {
  baselineFacts,
  endScan,
  listInstances,
  lockConcernedFindings,
  mergeFinding,
  type NewFinding,
  type PageKey,
  type ResultBatch,
  type ResultWriter,
  storeResults,
} from "@picket/db";
import {
  batchOf,
  exchange,
  proof,
  seedAttempt,
  seedEnd,
  seedScan,
  seedTarget,
  sighting as sightingOf,
} from "@picket/db/testing";
import { assessChanges } from "../src/assess/assess-changes.ts";
import { useDatabase } from "./use-database.ts";

const database = await useDatabase();
let targetId: string;

beforeEach(async () => {
  ({ targetId } = await seedTarget(database.sql, { baseUrl: "http://app.test/" }));
});

const pageUrl = (page: number) =>
  `http://app.test/page-${String.fromCharCode(97 + (page % 26))}${"x".repeat(page)}`;

const PROOF = proof("no header");

function resultsOf(findings: readonly NewFinding[], fetchedAt?: Date): ResultBatch {
  const fetches = fetchedAt ? [exchange(HOME, { id: uuidv7(), startedAt: fetchedAt })] : [];
  const evidence = [{ ...PROOF, fetchId: fetches[0]?.id ?? null }];
  return batchOf({ fetches, evidence, findings: [...findings] });
}

const sighting = (url: string, key = "") =>
  sightingOf(url, [PROOF], { type: "missing-hsts", rootCause: { level: "target", key } });

interface Run {
  seen: readonly NewFinding[];
  looked: readonly string[];
  health?: CoverageHealth;
  plugin?: string;
  version?: string;
  emits?: string[];
  /** How often each batch is delivered. */
  deliveries?: number;
  /** When the exchanges began that it judges. Default: it names none. */
  fetchedAt?: Date;
}

async function begin({ plugin = "headers", version = "1.0.0", emits = ["missing-hsts"] }: Partial<Run> = {}) {
  const { runIds } = await seedScan(database, targetId, { [plugin]: { version, emits } });
  return seedAttempt(database, runIds[plugin] ?? "");
}

async function end(
  writer: ResultWriter,
  { seen, looked, health = "healthy", deliveries = 1, fetchedAt }: Run,
) {
  const batch = resultsOf(seen, fetchedAt);
  for (let delivery = 0; delivery < deliveries; delivery += 1) await storeResults(database, writer, batch);
  const looks = { method: "GET", health, exchanges: 1, ...(fetchedAt && { lookedAt: fetchedAt }) };
  await seedEnd(database, writer, { coverage: looked.map((url) => ({ ...looks, url })) });
  return judge(writer.scanId);
}

/** What the end of the scan does to findings. Plugins of other tests are not part of it. */
async function judge(scanId: string): Promise<Record<string, string>> {
  await database.sql.query(
    `UPDATE module_run SET status = 'skipped', reason = 'not in this test', finished_at = now()
     WHERE scan_id = $1::uuid AND status = 'queued'`,
    [scanId],
  );
  await database.transaction(async (sql) => {
    const concerned = await lockConcernedFindings(sql, scanId);
    await assessChanges(
      sql,
      { scanId, concerned },
      { scanProblem: null, baseline: await baselineFacts(sql, scanId) },
    );
    await endScan(sql, { scanId, status: "succeeded", health: [], level: null });
  });
  return said(scanId);
}

async function said(scanId: string): Promise<Record<string, string>> {
  const rows = await database.sql.query<{ key: string; said: string }>(
    `SELECT f.root_cause_key AS key, concat_ws(': ', c.change::text, c.reason) AS said
     FROM finding_change c JOIN finding f ON f.id = c.finding_id WHERE c.scan_id = $1::uuid`,
    [scanId],
  );
  return Object.fromEntries(rows.map((row) => [row.key, row.said]));
}

async function scan(run: Run) {
  return end(await begin(run), run);
}

async function places(): Promise<{ fixed: number; open: number }> {
  const [row] = await database.sql.query<{ fixed: number; open: number }>(
    `SELECT count(i.fixed_at)::int AS fixed, (count(*) - count(i.fixed_at))::int AS open
     FROM instance i JOIN finding f ON f.id = i.finding_id WHERE f.target_id = $1::uuid`,
    [targetId],
  );
  return row ?? { fixed: -1, open: -1 };
}

/** URLs of every place of the target's finding, walked in pages of `limit`. */
async function placesByPage(limit: number): Promise<string[]> {
  const [finding] = await database.sql.query<{ id: string }>(
    "SELECT id FROM finding WHERE target_id = $1::uuid",
    [targetId],
  );
  const urls: string[] = [];
  let after: PageKey | undefined;
  do {
    const page = await listInstances(database.sql, finding?.id ?? "", { limit, after });
    urls.push(...page.items.map(({ url }) => url));
    after = page.next ?? undefined;
  } while (after);
  expect(urls).toHaveLength(new Set(urls).size);
  return urls;
}

const PAGES = Array.from({ length: 300 }, (_, page) => pageUrl(page));
const HOME = "http://app.test/";

describe("assessChanges", () => {
  it("keeps a finding open with the one place that is left of 300", async () => {
    expect(await scan({ seen: PAGES.map((url) => sighting(url)), looked: PAGES })).toEqual({ "": "new" });
    const [last = ""] = PAGES;
    expect(await scan({ seen: [sighting(last)], looked: PAGES })).toEqual({ "": "still_present" });
    expect(await places()).toEqual({ fixed: 299, open: 1 });
    expect(new Set(await placesByPage(70)).size).toBe(300);
    expect(await scan({ seen: [], looked: PAGES.slice(1) })).toEqual({
      "": "not_observed: location_not_reached",
    });
    expect(await scan({ seen: [], looked: [last] })).toEqual({ "": "fixed" });
    expect(await places()).toEqual({ fixed: 300, open: 0 });
  });

  it("opens a place again where the finding shows again", async () => {
    await scan({ seen: [sighting(HOME), sighting(`${HOME}a`)], looked: [HOME, `${HOME}a`] });
    await scan({ seen: [], looked: [HOME, `${HOME}a`] });
    expect(await scan({ seen: [sighting(HOME)], looked: [HOME] })).toEqual({ "": "reopened" });
    expect(await places()).toEqual({ fixed: 1, open: 1 });
  });

  it("says the same of the same results, however often they are delivered", async () => {
    const seen = [sighting(HOME, "a"), sighting(HOME, "b")];
    await scan({ seen, looked: [HOME] });
    const twice = { a: "still_present", b: "still_present" };
    expect(await scan({ seen, looked: [HOME], deliveries: 2 })).toEqual(twice);
    expect(await scan({ seen: seen.toReversed(), looked: [HOME] })).toEqual(twice);
  });

  it("says it once: the end of a scan that is done again changes nothing", async () => {
    await scan({ seen: [sighting(HOME)], looked: [HOME] });
    const writer = await begin();
    await end(writer, { seen: [], looked: [HOME] });
    const state = () =>
      database.sql.query("SELECT status, fixed_at, last_change FROM finding WHERE target_id = $1::uuid", [
        targetId,
      ]);
    const before = await state();
    await judge(writer.scanId);
    expect(await state()).toEqual(before);
    expect(before).toMatchObject([{ status: "fixed", last_change: "fixed" }]);
  });

  it("does not fix what another scan at the same time saw", async () => {
    await scan({ seen: [sighting(HOME)], looked: [HOME] });
    const [one, other] = [await begin(), await begin()];
    await storeResults(database, other, resultsOf([sighting(HOME)]));
    expect(await end(one, { seen: [], looked: [HOME] })).toEqual({ "": "still_present" });
    expect(await end(other, { seen: [], looked: [HOME] })).toEqual({ "": "still_present" });
    expect(await places()).toEqual({ fixed: 0, open: 1 });
  });

  it("does not fix what a scan saw that began after it and ended before it", async () => {
    await scan({ seen: [sighting(HOME)], looked: [HOME] });
    const slow = await begin();
    expect(await scan({ seen: [sighting(HOME)], looked: [HOME] })).toEqual({ "": "still_present" });
    expect(await end(slow, { seen: [], looked: [HOME] })).toEqual({ "": "still_present" });
    expect(await places()).toEqual({ fixed: 0, open: 1 });
  });

  it("calls nothing reopened because of two scans that overlapped", async () => {
    await scan({ seen: [sighting(HOME)], looked: [HOME] });
    const slow = await begin();
    expect(await scan({ seen: [], looked: [HOME] })).toEqual({ "": "fixed" });
    expect(await end(slow, { seen: [sighting(HOME)], looked: [HOME] })).toEqual({ "": "still_present" });
    const state = await database.sql.query("SELECT status, is_news FROM finding WHERE target_id = $1::uuid", [
      targetId,
    ]);
    expect(state).toEqual([{ status: "open", is_news: false }]);
    expect(await scan({ seen: [], looked: [HOME] })).toEqual({ "": "fixed" });
    expect(await scan({ seen: [sighting(HOME)], looked: [HOME] })).toEqual({ "": "reopened" });
  });

  it.each([false, true])(
    "keeps news that nobody has looked at since, not observed in between: %s",
    async (isLostSight) => {
      const news = async () =>
        database.sql.query<{ said: string; isNews: boolean }>(
          `SELECT last_change::text AS said, is_news AS "isNews" FROM finding WHERE target_id = $1::uuid`,
          [targetId],
        );
      const looked = [HOME];
      await scan({ seen: [sighting(HOME)], looked });
      await scan({ seen: [], looked });
      const slow = await begin();
      expect(await scan({ seen: [sighting(HOME)], looked })).toEqual({ "": "reopened" });
      if (isLostSight)
        expect(await scan({ seen: [], looked: [] })).toEqual({ "": "not_observed: location_not_reached" });
      const before = await news();
      expect(await end(slow, { seen: [sighting(HOME)], looked })).toEqual({ "": "still_present" });
      expect(await news()).toEqual(before);
      expect(before).toMatchObject([{ isNews: true }]);
      expect(await scan({ seen: [sighting(HOME)], looked })).toEqual({ "": "still_present" });
      expect(await news()).toEqual([{ said: "still_present", isNews: false }]);
    },
  );

  describe("of a scan that judges late what it fetched early", () => {
    const minutes = (count: number) => new Date(Date.UTC(2030, 0, 1, 0, count));
    const open = { seen: [sighting(HOME), sighting(`${HOME}a`)], looked: [HOME, `${HOME}a`] };
    const gone = { seen: [], looked: open.looked };
    const late = { seen: [sighting(HOME)], looked: [HOME] };
    const stateOf = () =>
      database.sql.query(
        "SELECT status, fixed_at IS NULL AS lives, is_news, last_change FROM finding WHERE target_id = $1::uuid",
        [targetId],
      );
    const FIXED = [{ status: "fixed", lives: false, is_news: false, last_change: "fixed" }];

    it("opens nothing that a later look found gone", async () => {
      await scan(open);
      const slow = await begin();
      expect(await scan({ ...gone, fetchedAt: minutes(10) })).toEqual({ "": "fixed" });
      expect(await end(slow, { ...late, fetchedAt: minutes(9), deliveries: 2 })).toEqual({
        "": "still_present",
      });
      expect(await stateOf()).toEqual(FIXED);
      expect(await places()).toEqual({ fixed: 2, open: 0 });
      expect(await scan({ ...late, fetchedAt: minutes(11) })).toEqual({ "": "reopened" });
      expect(await places()).toEqual({ fixed: 1, open: 1 });
    });

    it("opens what was fetched after the look, or may have been", async () => {
      for (const fetchedAt of [minutes(10), minutes(11), undefined]) {
        await scan(open);
        const slow = await begin();
        expect(await scan({ ...gone, fetchedAt: minutes(10) })).toEqual({ "": "fixed" });
        await end(slow, { ...late, ...(fetchedAt && { fetchedAt }) });
        expect(await stateOf()).toMatchObject([{ status: "open" }]);
        expect(await places()).toEqual({ fixed: 1, open: 1 });
      }
    });

    it("neither opens nor fixes a place of an open finding that another looked at later", async () => {
      await scan(open);
      const slow = await begin();
      await scan({ ...late, looked: open.looked, fetchedAt: minutes(10) });
      await end(slow, { ...late, seen: [sighting(`${HOME}a`)], fetchedAt: minutes(9) });
      expect(await places()).toEqual({ fixed: 1, open: 1 });
    });
  });

  it("lets two scans of a target end at the same moment", async () => {
    const keys = Array.from({ length: 40 }, (_, index) => `k${index}`);
    const seen = keys.map((key) => sighting(HOME, key));
    await scan({ seen, looked: [HOME] });
    const [one, other] = [await begin(), await begin()];
    await storeResults(database, one, resultsOf(seen.slice(0, 20)));
    await storeResults(database, other, resultsOf(seen.slice(10)));
    const ends = await Promise.all([
      end(one, { seen: seen.slice(0, 20), looked: [HOME] }),
      end(other, { seen: seen.slice(10), looked: [HOME] }),
    ]);
    expect(ends.map((result) => Object.keys(result).length)).toEqual([40, 40]);
    expect(ends.flatMap((result) => Object.values(result)).filter((what) => what === "fixed")).toEqual([]);
  });

  it("does not take another major version, or one without the rule, for the same detector", async () => {
    await scan({ seen: [sighting(HOME)], looked: [HOME] });
    const gone = { "": "not_observed: plugin_changed" };
    expect(await scan({ seen: [], looked: [HOME], version: "2.0.0" })).toEqual(gone);
    expect(await scan({ seen: [], looked: [HOME], emits: ["other-finding"] })).toEqual(gone);
    expect(await scan({ seen: [], looked: [HOME], version: "1.4.0" })).toEqual({ "": "fixed" });
  });

  it("does not take a detector that gave up one of a finding's two types for one that looks for both", async () => {
    const both = ["missing-hsts", "missing-csp"];
    const seen = [sighting(HOME), { ...sighting(HOME), type: "missing-csp" }];
    await scan({ seen, looked: [HOME], emits: both });
    const [one, other] = await database.sql.query<{ id: string }>(
      "SELECT id FROM finding WHERE target_id = $1::uuid",
      [targetId],
    );
    const merge = { into: other?.id ?? "", reason: "one cause" };
    await database.transaction((sql) => mergeFinding(sql, one?.id ?? "", merge, "token:test"));
    for (const emits of both)
      expect(await scan({ seen: [], looked: [HOME], emits: [emits] })).toEqual({
        "": "not_observed: plugin_changed",
      });
    expect(await scan({ seen: [], looked: [HOME], emits: both })).toEqual({ "": "fixed" });
  });

  it("needs every detector of a finding", async () => {
    await scan({ seen: [sighting(HOME)], looked: [HOME] });
    await scan({ seen: [sighting(HOME)], looked: [HOME], plugin: "other" });
    expect(await scan({ seen: [], looked: [HOME] })).toEqual({ "": "not_observed: plugin_not_run" });
    const attributed = await database.sql.query<{ plugin: string; seen: number }>(
      `SELECT a.plugin, count(DISTINCT a.first_seen_scan_id)::int AS seen FROM attribution a
       JOIN finding f ON f.id = a.finding_id WHERE f.target_id = $1::uuid GROUP BY a.plugin ORDER BY a.plugin`,
      [targetId],
    );
    expect(attributed).toEqual([
      { plugin: "headers", seen: 1 },
      { plugin: "other", seen: 1 },
    ]);
  });

  it("keeps a finding open by the one of two detectors that still runs, and remembers both", async () => {
    await scan({ seen: [sighting(HOME)], looked: [HOME] });
    await scan({ seen: [sighting(HOME)], looked: [HOME], plugin: "other" });
    expect(await scan({ seen: [sighting(HOME)], looked: [HOME], plugin: "other" })).toEqual({
      "": "still_present",
    });
    const attributed = await database.sql.query<{ plugin: string; scans: number }>(
      `SELECT a.plugin, (SELECT count(*)::int FROM scan s WHERE s.target_id = f.target_id
                         AND s.id BETWEEN a.first_seen_scan_id AND a.last_seen_scan_id) AS scans
       FROM attribution a JOIN finding f ON f.id = a.finding_id WHERE f.target_id = $1::uuid ORDER BY a.plugin`,
      [targetId],
    );
    expect(attributed).toEqual([
      { plugin: "headers", scans: 1 },
      { plugin: "other", scans: 2 },
    ]);
  });

  it("asks of each place the detectors that saw it there, and no others", async () => {
    const deeper = `${HOME}a`;
    await scan({ seen: [sighting(HOME)], looked: [HOME] });
    await scan({ seen: [sighting(deeper)], looked: [deeper], plugin: "other" });
    expect(await scan({ seen: [], looked: [HOME] })).toEqual({ "": "not_observed: plugin_not_run" });
    expect(await places()).toEqual({ fixed: 1, open: 1 });
    expect(await scan({ seen: [], looked: [deeper], plugin: "other" })).toEqual({ "": "fixed" });
  });

  describe("of a detector that is not used any more", () => {
    const away = { "": "not_observed: plugin_not_run" };
    const look = () => scan({ seen: [], looked: [HOME, `${HOME}a`] });
    const passDays = (days: number) =>
      database.sql.query(
        "UPDATE scan SET created_at = created_at - make_interval(days => $2::int) WHERE target_id = $1::uuid",
        [targetId, days],
      );

    it("waits 35 days and three scans, then takes the word of the others", async () => {
      await scan({ seen: [sighting(HOME)], looked: [HOME], plugin: "other" });
      await scan({ seen: [sighting(HOME)], looked: [HOME] });
      await passDays(34);
      for (let round = 0; round < 2; round += 1) expect(await look()).toEqual(away);
      await passDays(2);
      expect(await look()).toEqual(away);
      expect(await look()).toEqual({ "": "fixed" });
    });

    it("never takes the word of those that had not seen it there", async () => {
      await scan({ seen: [sighting(`${HOME}a`)], looked: [`${HOME}a`], plugin: "other" });
      await scan({ seen: [sighting(HOME)], looked: [HOME] });
      await passDays(36);
      for (let round = 0; round < 3; round += 1) expect(await scan({ seen: [], looked: [] })).toEqual(away);
      expect(await look()).toEqual(away);
      expect(await places()).toEqual({ fixed: 1, open: 1 });
    });
  });

  it("believes an error page only of what was found on an error page", async () => {
    const [broken, plain] = [`${HOME}broken`, `${HOME}plain`];
    const first = await begin();
    await storeResults(database, first, resultsOf([sighting(broken, "broken"), sighting(plain, "plain")]));
    const at = (url: string, health: CoverageHealth) => ({ method: "GET", url, health, exchanges: 1 });
    await seedEnd(database, first, { coverage: [at(broken, "server_error"), at(plain, "healthy")] });
    await judge(first.scanId);
    expect(await scan({ seen: [], looked: [broken, plain], health: "server_error" })).toEqual({
      broken: "fixed",
      plain: "not_observed: server_error",
    });
  });
});

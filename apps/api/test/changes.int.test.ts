import { afterAll, beforeAll, describe, expect, it } from "@jest/globals";
import { type SeededScan, seedFinding, seedScan, setScanStatus } from "./support/seed.ts";
import { startTestApi, type TestApi } from "./support/test-api.ts";

let api: TestApi;
let token: string;
let first: SeededScan;
let second: SeededScan;
let running: SeededScan;
const NONE = "0190a0a0-0000-7000-8000-000000000000";

async function end({ scanId }: SeededScan): Promise<void> {
  await setScanStatus(api.database.sql, scanId, "running");
  await setScanStatus(api.database.sql, scanId, "succeeded");
}

async function say({ scanId }: SeededScan, findingId: string, change: string): Promise<void> {
  await api.database.sql.query(
    `INSERT INTO finding_change (scan_id, finding_id, change, reason, cause, rules_version)
     VALUES ($1::uuid, $2::uuid, $3::change, CASE WHEN $3 = 'not_observed' THEN 'auth_lost' END,
             CASE WHEN $3 = 'new' THEN 'new_detector' END, 1)`,
    [scanId, findingId, change],
  );
}

/** The first scan sees three findings; the second one of them, not another, and one that is new. */
beforeAll(async () => {
  api = await startTestApi();
  token = await api.tokenOf("viewer");
  const { sql } = api.database;
  first = await seedScan(api);
  const known: string[] = [];
  for (const title of ["Stays", "Goes", "Hides"]) known.push(await seedFinding(sql, first, { title }));
  for (const id of known) await say(first, id, "new");
  await end(first);
  second = await seedScan(api, first);
  const [stays = "", goes = "", hides = ""] = known;
  await say(second, stays, "still_present");
  await say(second, goes, "fixed");
  await say(second, hides, "not_observed");
  await say(second, await seedFinding(sql, second, { title: "Comes" }), "new");
  await end(second);
  running = await seedScan(api, first);
});

afterAll(async () => {
  await api.stop();
});

const get = (path: string) => api.ask("GET", path, { token });
const titles = (body: { items: { finding: { title: string } }[] }) =>
  body.items.map(({ finding }) => finding.title);

describe("GET /scans/{id}/changes", () => {
  it("lists what the scan says, by change and page by page", async () => {
    const { body } = await get(`/scans/${second.scanId}/changes?limit=3`);
    expect(titles(body)).toEqual(["Comes", "Stays", "Goes"]);
    expect(body.items[0]).toMatchObject({ change: "new", cause: "new_detector", reason: null });
    const rest = await get(`/scans/${second.scanId}/changes?limit=3&cursor=${body.next}`);
    expect(rest.body).toMatchObject({ items: [{ change: "not_observed", reason: "auth_lost" }], next: null });
    expect(body.items[0].finding.isExcepted).toBe(false);
    const fixed = await get(`/scans/${second.scanId}/changes?change=fixed`);
    expect(titles(fixed.body)).toEqual(["Goes"]);
  });

  it("is empty before the scan has ended, and 404 without the scan", async () => {
    expect((await get(`/scans/${running.scanId}/changes`)).body).toEqual({ items: [], next: null });
    expect((await get(`/scans/${running.scanId}`)).body.changes).toBeNull();
    expect((await get(`/scans/${NONE}/changes`)).status).toBe(404);
  });
});

describe("GET /scans/{id}/diff", () => {
  it("gives on every page the totals of the whole", async () => {
    const path = `/scans/${second.scanId}/diff?baseline=${first.scanId}&limit=2`;
    const { body } = await get(path);
    const totals = {
      baselineScanId: first.scanId,
      counts: { new: 1, reopened: 0, still_present: 1, fixed: 1, not_observed: 1 },
      openBefore: 3,
      openAfter: 3,
    };
    expect(body.totals).toEqual(totals);
    const rest = await get(`${path}&cursor=${body.next}`);
    expect(rest.body.totals).toEqual(totals);
    expect([...titles(body), ...titles(rest.body)]).toEqual(["Comes", "Stays", "Goes", "Hides"]);
  });

  it("says what is wrong with scan or baseline", async () => {
    expect((await get(`/scans/${NONE}/diff`)).status).toBe(404);
    expect((await get(`/scans/${running.scanId}/diff`)).status).toBe(409);
    const { status, body } = await get(`/scans/${first.scanId}/diff?baseline=${second.scanId}`);
    expect(status).toBe(400);
    expect(body.detail).toContain("must have ended before the scan");
    expect(body.errors[0]).toMatchObject({ in: "query", pointer: "/baseline" });
  });
});

describe("GET /targets/{id}/regressions and /scans/{id}/coverage", () => {
  it("answer for what is there and with 404 for what is not", async () => {
    expect((await get(`/targets/${first.targetId}/regressions?scans=5`)).body).toEqual({
      items: [],
      next: null,
    });
    expect((await get(`/targets/${first.targetId}/regressions?scans=1`)).status).toBe(400);
    expect((await get(`/targets/${NONE}/regressions`)).status).toBe(404);
    const { body } = await get(`/scans/${second.scanId}/coverage`);
    expect(body).toMatchObject({
      items: [],
      totals: { modules: [{ plugin: "crawl", places: 0 }, { plugin: "cookies" }] },
    });
    expect((await get(`/scans/${NONE}/coverage`)).status).toBe(404);
  });
});

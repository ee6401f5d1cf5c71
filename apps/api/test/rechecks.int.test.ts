import { afterAll, beforeAll, beforeEach, describe, expect, it } from "@jest/globals";
import { type SeededScan, seedFinding, seedScan } from "./support/seed.ts";
import { startTestApi, type TestApi } from "./support/test-api.ts";

let api: TestApi;
let token: string;
let scan: SeededScan;
let findingId: string;

beforeAll(async () => {
  api = await startTestApi();
  token = await api.tokenOf("operator");
});
afterAll(() => api.stop());
beforeEach(async () => {
  scan = await seedScan(api);
  findingId = await seedFinding(api.database.sql, scan);
});

function post(path: string, body?: unknown) {
  return api.ask("POST", `/findings/${findingId}/${path}`, { token, ...(body !== undefined && { body }) });
}

function rows<Row extends object>(text: string, ...values: unknown[]): Promise<Row[]> {
  return api.database.sql.query<Row>(text, values);
}

describe("POST /findings/{id}/recheck", () => {
  it("plans a scan of the finding's detector alone, after a replay of its places", async () => {
    const { status, body, headers } = await post("recheck");
    expect([status, headers.get("Location")]).toEqual([202, `/rechecks/${body.id}`]);
    expect(body).toMatchObject({ findingId, verdict: null, claimedBy: null });
    const runs = await rows(
      `SELECT s.mode, r.plugin, r.stage FROM module_run r JOIN scan s ON s.id = r.scan_id
       WHERE s.id = $1::uuid ORDER BY r.plugin`,
      body.scanId,
    );
    expect(runs).toEqual([
      { mode: "recheck", plugin: "crawl", stage: "discover" },
      { mode: "recheck", plugin: "replay", stage: "discover" },
    ]);
    const audit = await rows(
      "SELECT action FROM audit_event WHERE scan_id = $1::uuid ORDER BY seq",
      body.scanId,
    );
    expect(audit).toEqual([{ action: "scan.started" }, { action: "recheck.triggered" }]);
  });

  it("keeps one for later without a scan, and lists it with its finding's", async () => {
    const at = new Date(Date.now() + 3_600_000).toISOString();
    const { body } = await post("recheck", { at });
    expect(body).toMatchObject({ dueAt: at, scanId: null });
    const list = await api.ask("GET", `/rechecks?finding=${findingId}`, { token });
    expect(list.body.items).toEqual([body]);
    expect((await api.ask("GET", `/rechecks/${body.id}`, { token })).body).toEqual(body);
  });

  it("refuses what it cannot do, and says why", async () => {
    const far = new Date(Date.now() + 400 * 86_400_000).toISOString();
    expect(await post("recheck", { at: far })).toMatchObject({
      status: 400,
      body: { detail: expect.stringContaining("within 365 days") },
    });
    await rows("UPDATE finding SET source_module = 'gone' WHERE id = $1::uuid", findingId);
    expect(await post("recheck")).toMatchObject({
      status: 409,
      body: { detail: expect.stringContaining("no worker offers the plugin gone") },
    });
    findingId = scan.scanId;
    expect(await post("recheck")).toMatchObject({ status: 404 });
    expect(await rows("SELECT 1 FROM recheck WHERE finding_id = $1::uuid", scan.scanId)).toEqual([]);
  });

  it("is not for viewers", async () => {
    token = await api.tokenOf("viewer");
    expect(await post("recheck")).toMatchObject({ status: 403 });
    token = await api.tokenOf("operator");
  });
});

describe("POST /findings/{id}/claim-fix", () => {
  it("writes down who claims it, leaves the finding open and has it looked at", async () => {
    const { status, body } = await post("claim-fix");
    expect(status).toBe(202);
    expect(body.claimedBy).toMatch(/^token:/);
    const [finding] = await rows(
      `SELECT status, fix_claimed_by AS "claimedBy" FROM finding WHERE id = $1::uuid`,
      findingId,
    );
    expect(finding).toEqual({ status: "open", claimedBy: body.claimedBy });
  });

  it("has nothing to do for a finding that is fixed", async () => {
    findingId = await seedFinding(api.database.sql, scan, { isFixed: true });
    expect(await post("claim-fix")).toMatchObject({ status: 409 });
  });
});

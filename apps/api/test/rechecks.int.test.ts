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

function inHours(hours: number): string {
  return new Date(Date.now() + hours * 3_600_000).toISOString();
}

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

  it("starts one, however often it is asked for at the same moment", async () => {
    const answers = await Promise.all(Array.from({ length: 10 }, () => post("recheck")));
    expect(answers.map(({ status }) => status).sort()).toEqual([...Array(9).fill(200), 202]);
    expect(new Set(answers.map(({ body }) => body.id)).size).toBe(1);
    expect(await rows("SELECT 1 FROM recheck WHERE finding_id = $1::uuid", findingId)).toHaveLength(1);
    expect(
      await rows("SELECT 1 FROM scan WHERE target_id = $1::uuid AND mode = 'recheck'", scan.targetId),
    ).toHaveLength(1);
    expect(
      await rows(
        "SELECT 1 FROM audit_event WHERE action = 'recheck.triggered' AND params->>'findingId' = $1",
        findingId,
      ),
    ).toHaveLength(1);
    expect((await post("recheck", { at: inHours(1) })).status).toBe(202);
  });

  it("is kept to one that runs and one that waits by the database itself", async () => {
    const insert = (scanId: string | null) =>
      rows(
        `INSERT INTO recheck (id, finding_id, scan_id, due_at, requested_by)
         VALUES (gen_random_uuid(), $1::uuid, $2::uuid, now(), 'token:a')`,
        findingId,
        scanId,
      );
    await insert(null);
    await insert(scan.scanId);
    await expect(insert(null)).rejects.toThrow("recheck_one_waiting");
    await expect(insert(scan.scanId)).rejects.toThrow("recheck_one_running");
  });

  it("waits for one time only, which can be taken back", async () => {
    const at = inHours(1);
    const { body } = await post("recheck", { at });
    expect(await post("recheck", { at })).toMatchObject({ status: 200, body: { id: body.id } });
    expect(await post("recheck", { at: inHours(2) })).toMatchObject({
      status: 409,
      body: { detail: expect.stringContaining(`waits for ${at}`) },
    });
    const cancel = () => api.ask("POST", `/rechecks/${body.id}/cancel`, { token });
    const cancelled = { verdict: "inconclusive", reason: "cancelled" };
    expect(await cancel()).toMatchObject({ status: 202, body: cancelled });
    expect(await cancel()).toMatchObject({ status: 202, body: cancelled });
    expect((await post("recheck", { at: inHours(2) })).status).toBe(202);
  });

  it("that runs is taken back with its scan", async () => {
    const { body } = await post("recheck");
    expect(await api.ask("POST", `/rechecks/${body.id}/cancel`, { token })).toMatchObject({
      status: 202,
      body: { verdict: null },
    });
    const cancelled = await rows(
      `SELECT cancel_requested_by AS "by" FROM scan WHERE id = $1::uuid`,
      body.scanId,
    );
    expect(cancelled).toEqual([{ by: expect.stringMatching(/^token:/) }]);
  });

  it("keeps one for later without a scan, and lists it with its finding's", async () => {
    const at = inHours(1);
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

  it("is put to the test by another recheck than one that began before it", async () => {
    const { body: before } = await post("recheck");
    const { status, body } = await post("claim-fix");
    expect([status, body.scanId]).toEqual([202, null]);
    expect(body.id).not.toBe(before.id);
    expect(await post("claim-fix")).toMatchObject({ status: 200, body: { id: body.id } });
  });

  it("has nothing to do for a finding that is fixed", async () => {
    findingId = await seedFinding(api.database.sql, scan, { isFixed: true });
    expect(await post("claim-fix")).toMatchObject({ status: 409 });
  });
});

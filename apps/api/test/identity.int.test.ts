import { afterAll, beforeAll, describe, expect, it } from "@jest/globals";
import { type SeededScan, seedFinding, seedInstance, seedScan } from "./support/seed.ts";
import { startTestApi, type TestApi } from "./support/test-api.ts";

let api: TestApi;
let token: string;
let scan: SeededScan;

beforeAll(async () => {
  api = await startTestApi();
  token = await api.tokenOf("operator");
  scan = await seedScan(api);
});
afterAll(() => api.stop());

const reason = "The same missing header.";

async function post(path: string, body: unknown) {
  return api.ask("POST", path, { token, body });
}

async function get(path: string) {
  const { status, body } = await api.ask("GET", path, { token });
  expect({ path, status }).toEqual({ path, status: 200 });
  return body;
}

describe("POST /findings/{id}/merge", () => {
  it("makes one finding of two, which DELETE undoes", async () => {
    const { sql } = api.database;
    const [one, other] = [await seedFinding(sql, scan), await seedFinding(sql, scan, { severity: "high" })];
    const { status, body, headers } = await post(`/findings/${other}/merge`, { into: one, reason });
    expect({ status, body }).toMatchObject({
      status: 201,
      body: { kind: "merge", findingId: other, intoFindingId: one, rule: "person", reason, undoneAt: null },
    });
    expect(headers.get("location")).toBe(`/identity-overrides/${body.id}`);
    expect(await get(`/findings/${one}`)).toMatchObject({ instanceCount: 2, severity: "high" });
    expect(await get(`/findings/${other}`)).toMatchObject({ status: "soft_deleted", mergedIntoId: one });
    expect((await get(`/findings/${other}/instances`)).items).toEqual([]);
    expect((await get(`/identity-overrides?finding=${one}`)).items).toEqual([body]);

    expect(await api.ask("DELETE", `/identity-overrides/${body.id}`, { token })).toMatchObject({
      status: 204,
    });
    expect(await get(`/findings/${one}`)).toMatchObject({ instanceCount: 1, severity: "medium" });
    expect(await get(`/findings/${other}`)).toMatchObject({ status: "open", mergedIntoId: null });
    expect((await get(`/identity-overrides/${body.id}`)).undoneBy).toMatch(/^token:/);
    expect(await api.ask("DELETE", `/identity-overrides/${body.id}`, { token })).toMatchObject({
      status: 409,
    });
  });

  it("says what is wrong", async () => {
    const id = await seedFinding(api.database.sql, scan);
    expect(await post(`/findings/${id}/merge`, { into: id, reason })).toMatchObject({ status: 400 });
    expect(await post(`/findings/${id}/merge`, { into: id })).toMatchObject({ status: 400 });
    expect(await post(`/findings/${scan.scanId}/merge`, { into: id, reason })).toMatchObject({ status: 404 });
    const viewer = await api.tokenOf("viewer");
    const body = { into: id, reason };
    expect(await api.ask("POST", `/findings/${id}/merge`, { token: viewer, body })).toMatchObject({
      status: 403,
    });
  });
});

describe("POST /findings/{id}/split", () => {
  it("makes some places a finding of their own", async () => {
    const { sql } = api.database;
    const id = await seedFinding(sql, scan);
    const [evidence] = (await get(`/evidence?finding=${id}`)).items;
    const place = await seedInstance(sql, scan, { findingId: id, evidenceId: evidence.id, number: 5 });
    const { status, body } = await post(`/findings/${id}/split`, { instanceIds: [place], reason });
    expect(status).toBe(201);
    expect(await get(`/findings/${id}`)).toMatchObject({ instanceCount: 1 });
    expect((await get(`/findings/${body.intoFindingId}/instances`)).items).toMatchObject([{ id: place }]);
    const [left] = (await get(`/findings/${id}/instances`)).items;
    expect(await post(`/findings/${id}/split`, { instanceIds: [left.id], reason })).toMatchObject({
      status: 400,
    });
  });
});

describe("GET /targets/{id}/routes", () => {
  it("pages through what was learned", async () => {
    for (const template of ["/b/{slug}", "/a/{slug}", "/a/{slug}/{name}"])
      await api.database.sql.query(
        "INSERT INTO route_template (target_id, template, learned_scan_id, examples) VALUES ($1::uuid, $2, $3::uuid, 12)",
        [scan.targetId, template, scan.scanId],
      );
    const first = await get(`/targets/${scan.targetId}/routes?limit=2`);
    const second = await get(`/targets/${scan.targetId}/routes?limit=2&cursor=${first.next}`);
    const templates = [...first.items, ...second.items].map(({ template }: { template: string }) => template);
    expect(templates).toEqual(["/a/{slug}", "/a/{slug}/{name}", "/b/{slug}"]);
    expect(first.items[0]).toMatchObject({ examples: 12, learnedScanId: scan.scanId });
  });

  it("of no target is not found", async () => {
    expect(await api.ask("GET", `/targets/${scan.scanId}/routes`, { token })).toMatchObject({ status: 404 });
  });
});

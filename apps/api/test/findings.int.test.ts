import { afterAll, beforeAll, describe, expect, it } from "@jest/globals";
import {
  type SeededScan,
  seedFetch,
  seedFinding,
  seedInstance,
  seedScan,
  setScanStatus,
} from "./support/seed.ts";
import { startTestApi, type TestApi } from "./support/test-api.ts";

let api: TestApi;
let token: string;
let first: SeededScan;
let second: SeededScan;

/** Two scans of one target: the second sees `old` again and is the first to see `new`. */
const findings = { old: "", fixed: "", new: "", percent: "" };

beforeAll(async () => {
  api = await startTestApi();
  token = await api.tokenOf("operator");
  const { sql } = api.database;
  first = await seedScan(api);
  findings.old = await seedFinding(sql, first, { severity: "high", title: "Old one" });
  findings.fixed = await seedFinding(sql, first, { title: "Gone", isFixed: true });
  await setScanStatus(sql, first.scanId, "running");
  await setScanStatus(sql, first.scanId, "succeeded");
  second = await seedScan(api, first);
  findings.new = await seedFinding(sql, second, { severity: "low", title: "New one", type: "missing-hsts" });
  findings.percent = await seedFinding(sql, second, { severity: "low", title: "100% _literal\\" });
  const [evidence] = (await list(`/evidence?finding=${findings.old}`)).items;
  await seedInstance(sql, second, { findingId: findings.old, evidenceId: evidence.id, number: 2 });
});

afterAll(async () => {
  await api.stop();
});

async function list(path: string) {
  const { status, body } = await api.ask("GET", path, { token });
  expect({ path, status }).toEqual({ path, status: 200 });
  return body;
}

async function idsOf(filter: string): Promise<string[]> {
  const { items } = await list(`/findings?${filter}`);
  return items.map(({ id }: { id: string }) => id).sort();
}

const sorted = (...ids: string[]) => ids.sort();

describe("GET /findings", () => {
  it("refuses a target, project or scan that is not there, rather than to say that nothing is new", async () => {
    for (const filter of ["target", "project", "scan", "newInScan"]) {
      const path = `/findings?${filter}=${findings.old}`;
      const { status, body } = await api.ask("GET", path, { token });
      expect({ filter, status }).toEqual({ filter, status: 400 });
      expect(body.detail).toContain(`${filter}: there is no`);
    }
  });

  it("tells what is wrong with an id or a view in words", async () => {
    const detail = async (query: string) =>
      (await api.ask("GET", `/findings?${query}`, { token })).body.detail;
    expect(await detail("target=x")).toBe(
      "target: must be an id, such as 01a20019-917b-74f4-81ee-ba72ffc25ab5",
    );
    expect(await detail("view=what")).toContain("view: must be one of news, open,");
    expect(await detail("q=")).toBe("q: must not be empty");
  });

  it("shows news unless asked for other views or for a status", async () => {
    const target = `target=${first.targetId}`;
    expect(await idsOf(target)).toEqual([]);
    expect(await idsOf(`${target}&view=open`)).toEqual(sorted(findings.old, findings.new, findings.percent));
    expect(await idsOf(`${target}&view=fixed`)).toEqual([findings.fixed]);
    expect(await idsOf(`${target}&status=fixed`)).toEqual([findings.fixed]);
    expect(await idsOf(`${target}&view=all`)).toHaveLength(4);
  });

  it("shows what a scan saw, whatever became of it, and what it saw first", async () => {
    expect(await idsOf(`scan=${first.scanId}`)).toEqual(sorted(findings.old, findings.fixed));
    expect(await idsOf(`scan=${second.scanId}`)).toEqual(
      sorted(findings.old, findings.new, findings.percent),
    );
    expect(await idsOf(`newInScan=${second.scanId}`)).toEqual(sorted(findings.new, findings.percent));
  });

  it("filters by project, severity, confidence and type", async () => {
    expect(await idsOf(`view=open&project=${first.projectId}&severity=high`)).toEqual([findings.old]);
    expect(await idsOf(`view=open&target=${first.targetId}&type=missing-hsts`)).toEqual([findings.new]);
    expect(await idsOf(`view=open&target=${first.targetId}&confidence=high`)).toHaveLength(3);
    expect(await idsOf(`view=open&target=${first.targetId}&confidence=low`)).toEqual([]);
  });

  it("takes wildcards in q literally and ignores the case of letters", async () => {
    const search = (q: string) => idsOf(`view=open&target=${first.targetId}&q=${encodeURIComponent(q)}`);
    expect(await search("%")).toEqual([findings.percent]);
    expect(await search("_")).toEqual([findings.percent]);
    expect(await search("\\")).toEqual([findings.percent]);
    expect(await search("oLD")).toEqual([findings.old]);
    expect(await search("HSTS")).toEqual([findings.new]);
    expect(await search("' OR 1=1 --")).toEqual([]);
  });

  it("carries a place and a proof", async () => {
    const { items } = await list(`/findings?scan=${first.scanId}&severity=high`);
    expect(items[0]).toMatchObject({
      title: "Old one",
      instanceCount: 2,
      place: { method: "GET", url: "http://127.0.0.1:8080/0", parameter: { name: "sid", in: "cookie" } },
      proof: { kind: "observation", snippet: expect.stringContaining("Old one") },
    });
    expect(items[0]).not.toHaveProperty("description");
  });
});

describe("GET /findings/{id}", () => {
  it("adds evidence, and the steps that make up its confidence", async () => {
    const body = await list(`/findings/${findings.old}`);
    expect(body).toMatchObject({
      description: "Described.",
      references: ["https://example.com/why"],
      exceptions: [],
    });
    expect(body.evidence).toHaveLength(1);
    expect(body.evidence[0]).toMatchObject({ plugin: "crawl", location: { part: "response_header" } });
    const total = body.confidenceSteps.reduce(
      (sum: number, { points }: { points: number }) => sum + points,
      0,
    );
    expect(total).toBe(body.confidenceScore);
    expect(body.confidenceSteps[0].reason).toBe("the defect itself was seen in a response");
    expect((await list(body.instances)).items).toHaveLength(2);
  });

  it("is 404 for what is not there, its instances too", async () => {
    const none = "0190a0a0-0000-7000-8000-000000000000";
    expect((await api.ask("GET", `/findings/${none}`, { token })).status).toBe(404);
    expect((await api.ask("GET", `/findings/${none}/instances`, { token })).status).toBe(404);
  });
});

describe("GET /scans/{id}", () => {
  it("counts what the scan saw by severity, and how much of it is new", async () => {
    const body = await list(`/scans/${second.scanId}`);
    expect(body.findings).toEqual({
      total: 3,
      new: 2,
      bySeverity: {
        critical: { total: 0, new: 0 },
        high: { total: 1, new: 0 },
        medium: { total: 0, new: 0 },
        low: { total: 2, new: 2 },
        info: { total: 0, new: 0 },
      },
    });
    expect(body).toMatchObject({ modules: { total: 2, ended: 0 }, fetchCount: 0, health: [] });
  });
});

describe("evidence, fetches, endpoints and components", () => {
  it("are listed by scan, finding and target, and read one by one", async () => {
    const { sql } = api.database;
    const fetchId = await seedFetch(sql, second);
    const byScan = await list(`/evidence?scan=${second.scanId}`);
    const byFinding = await list(`/evidence?finding=${findings.new}`);
    expect(byScan.items).toHaveLength(2);
    expect(await list(`/evidence/${byFinding.items[0].id}`)).toEqual(byFinding.items[0]);
    expect((await list(`/fetches?scan=${second.scanId}`)).items[0]).toMatchObject({
      id: fetchId,
      hasBody: false,
    });
    expect(await list(`/fetches/${fetchId}`)).toMatchObject({
      plugin: "crawl",
      request: { headers: [], bodySize: 0 },
    });

    await sql.query(
      `WITH known AS (
         INSERT INTO endpoint (id, target_id, method, url, route, params_hash, endpoint_key, parameters, source)
         VALUES (gen_random_uuid(), $1::uuid, 'GET', 'http://127.0.0.1:8080/p/1?q=1', '/p/{id}', $4, $4,
                 '[{"name": "q", "in": "query"}]', 'link') RETURNING id)
       INSERT INTO scan_endpoint (scan_id, endpoint_id, module_run_id, source)
       SELECT $2::uuid, id, $3::uuid, 'link' FROM known`,
      [second.targetId, second.scanId, second.moduleRunId, "a".repeat(64)],
    );
    const known = await list(`/endpoints?target=${second.targetId}`);
    expect(known.items).toMatchObject([{ route: "/p/{id}", parameters: [{ name: "q", in: "query" }] }]);
    expect(await list(`/endpoints?scan=${second.scanId}`)).toEqual(known);

    await sql.query(
      `WITH seen AS (
         INSERT INTO tech_component (id, target_id, name, version, confidence, evidence_ids, first_seen_scan_id,
                                     last_seen_scan_id)
         VALUES (gen_random_uuid(), $1::uuid, 'nginx', '1.18.0', 95, '{}', $2::uuid, $2::uuid) RETURNING id)
       INSERT INTO cve_candidate (id, target_id, linked_component_id, cve_id, source, confidence)
       SELECT gen_random_uuid(), $1::uuid, id, 'CVE-2021-23017', 'nvd', 60 FROM seen`,
      [second.targetId, second.scanId],
    );
    expect((await list(`/components?target=${second.targetId}`)).items).toMatchObject([
      { name: "nginx", version: "1.18.0", cveCandidates: [{ cveId: "CVE-2021-23017", status: "potential" }] },
    ]);
  });
});

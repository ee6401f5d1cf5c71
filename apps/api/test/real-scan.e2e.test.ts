import { createHash } from "node:crypto";
import { afterAll, beforeAll, describe, expect, it, jest } from "@jest/globals";
import {
  AuditEventResource,
  AuditVerificationResource,
  ComponentResource,
  EndpointResource,
  EvidenceResource,
  FetchDetail,
  FetchResource,
  FindingDetail,
  FindingResource,
  InstanceResource,
  ModuleRunResource,
  pageOf,
  ScanDetail,
  ScanResource,
  TargetResource,
} from "@picket/core";
import { type RunningLab, startLab } from "@picket/lab";
import { waitFor } from "@picket/testing";
import type { z } from "zod";
import { startTestApi, type TestApi } from "./support/test-api.ts";
import { type RunningWorker, startWorker } from "./support/worker.ts";

// Two scans with real plugins in real sandboxes.
jest.setTimeout(180_000);

let api: TestApi;
let worker: RunningWorker;
let lab: RunningLab;
let token: string;
let targetId: string;

beforeAll(async () => {
  [api, lab] = await Promise.all([startTestApi(), startLab("vulnerable")]);
  worker = startWorker(api.environment);
  token = await api.tokenOf("admin");
  const offered = async () => (await api.ask("GET", "/plugins", { token })).body.items.length >= 6;
  await waitFor(offered, { timeoutMs: 60_000, intervalMs: 200, what: "six plugins" });
  targetId = await createTarget(new URL(lab.url));
});

afterAll(async () => {
  await worker.stop();
  await lab.stop();
  await api.stop();
});

async function post(path: string, body: object) {
  const answer = await api.ask("POST", path, { token, body });
  expect({ path, status: answer.status, problem: answer.body.detail }).toEqual({
    path,
    status: path === "/scans" ? 202 : 201,
    problem: undefined,
  });
  return answer.body;
}

async function createTarget({ href, hostname, port }: URL): Promise<string> {
  const project = await post("/projects", { name: "Lab" });
  await post("/scope", {
    projectId: project.id,
    pattern: hostname,
    ports: [port],
    addedBy: "test",
    reason: "our own lab",
  });
  const budget = { rps: 1_000, concurrency: 16 };
  const target = { projectId: project.id, name: "Shop", baseUrl: href, environment: "test", budget };
  return (await post("/targets", target)).id;
}

async function get<Schema extends z.ZodType>(path: string, schema: Schema): Promise<z.output<Schema>> {
  const { status, body } = await api.ask("GET", path, { token });
  expect({ path, status }).toEqual({ path, status: 200 });
  return schema.parse(body);
}

/** A whole list, in small pages. */
async function list<Schema extends z.ZodType>(path: string, schema: Schema): Promise<z.output<Schema>[]> {
  const items: z.output<Schema>[] = [];
  for (let next: string | null = ""; next !== null; ) {
    const { status, body } = await api.ask("GET", `${path}&limit=7${next && `&cursor=${next}`}`, { token });
    expect({ path, status }).toEqual({ path, status: 200 });
    items.push(...body.items.map((item: unknown) => schema.parse(item)));
    next = body.next;
  }
  return items;
}

/** Runs a scan and returns what its event stream said. */
async function scan(): Promise<{ scanId: string; events: string }> {
  const { id } = await post("/scans", { targetId });
  const stream = await fetch(`${api.url}/scans/${id}/events`, {
    headers: { Authorization: `Bearer ${token}` },
    signal: AbortSignal.timeout(120_000),
  });
  return { scanId: id, events: await stream.text() };
}

describe("a scan of a real application", () => {
  let scanId: string;
  let detail: ScanDetail;

  it("can be followed to its end", async () => {
    const followed = await scan();
    scanId = followed.scanId;
    expect(followed.events).toContain("event: module");
    expect(followed.events).toContain('event: end\ndata: {"status":"succeeded"}');
    detail = await get(`/scans/${scanId}`, ScanDetail);
  });

  it("shows what it did", async () => {
    expect(await list(`/scans?target=${targetId}`, ScanResource)).toHaveLength(1);
    expect((await get(`/targets/${targetId}`, TargetResource)).lastScan?.status).toBe("succeeded");
    const modules = await get(`/scans/${scanId}/modules`, pageOf(ModuleRunResource));
    expect(detail.modules).toEqual({ total: modules.items.length, ended: modules.items.length });
    const crawl = modules.items.find(({ plugin }) => plugin === "crawl");
    expect(crawl?.counters.notes).toMatchObject({
      "crawl finished": {
        pages: expect.any(Number),
        forms: expect.any(Number),
        endpoints: expect.any(Number),
      },
    });
    for (const filter of [`scan=${scanId}`, `target=${targetId}`]) {
      expect(await list(`/endpoints?${filter}`, EndpointResource)).toHaveLength(detail.endpointCount);
    }
    const actions = (await list(`/audit?scan=${scanId}`, AuditEventResource)).map(({ action }) => action);
    const ran = modules.items.filter(({ status }) => status !== "skipped");
    expect(actions).toEqual(["scan.completed", ...ran.map(() => "module.run"), "scan.started"]);
    expect((await get("/audit/verify", AuditVerificationResource)).broken).toBeNull();
  });

  it("shows its requests and the bodies it kept", async () => {
    const fetches = await list(`/fetches?scan=${scanId}`, FetchResource);
    expect(fetches).toHaveLength(detail.fetchCount);
    const withBody = fetches.filter(({ hasBody }) => hasBody);
    expect(withBody.length).toBeGreaterThan(10);
    for (const { id } of withBody.slice(0, 10)) {
      const { bodyHash } = await get(`/fetches/${id}`, FetchDetail);
      const { status, body } = await api.ask("GET", `/fetches/${id}/body`, { token });
      expect(status).toBe(200);
      expect(createHash("sha256").update(body).digest("hex")).toBe(bodyHash);
    }
  });

  it("shows what it found, with proof", async () => {
    const findings = await list(`/findings?scan=${scanId}`, FindingResource);
    expect(detail.findings).toMatchObject({ total: findings.length, new: findings.length });
    expect(findings.length).toBeGreaterThan(10);
    for (const { id, instanceCount, proof } of findings) {
      const finding = await get(`/findings/${id}`, FindingDetail);
      expect(finding.evidence.map((evidence) => evidence.id)).toContain(proof?.evidenceId);
      expect(await list(`${finding.instances}?`, InstanceResource)).toHaveLength(instanceCount);
      expect((await list(`/evidence?finding=${id}`, EvidenceResource)).length).toBeGreaterThan(0);
    }
    expect((await list(`/evidence?scan=${scanId}`, EvidenceResource)).length).toBeGreaterThan(10);
    expect((await list(`/components?target=${targetId}`, ComponentResource)).length).toBeGreaterThan(0);
  });

  it("finds nothing new when nothing changed", async () => {
    const again = await scan();
    expect(await list(`/findings?newInScan=${again.scanId}`, FindingResource)).toEqual([]);
    const { findings } = await get(`/scans/${again.scanId}`, ScanDetail);
    expect(findings).toMatchObject({ total: detail.findings.total, new: 0 });
  });
});

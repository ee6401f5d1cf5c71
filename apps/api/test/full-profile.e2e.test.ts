import { once } from "node:events";
import { createServer, type Server } from "node:http";
import type { AddressInfo } from "node:net";
import { afterAll, beforeAll, describe, expect, it, jest } from "@jest/globals";
import { destructiveWord, ModuleRunResource, pageOf, parseWebUrl, ScanDetail } from "@picket/core";
import { expectationProblems, LABS, type LabName, type ReportedFinding, startLab } from "@picket/lab";
import { waitFor } from "@picket/testing";
import { startTestApi, type TestApi } from "./support/test-api.ts";
import { type RunningWorker, startWorker } from "./support/worker.ts";

// Every plugin, attacks included, at several applications at once.
jest.setTimeout(240_000);

const SITES = [
  "injection-vulnerable",
  "injection-safe",
  "exposures-vulnerable",
  "exposures-safe",
  "requests-vulnerable",
  "requests-safe",
] as const satisfies readonly LabName[];

/** Delays have their own tests; here they would only take time. */
const settings = { "sql-injection": { delays: false }, "command-injection": { delays: false } };

let api: TestApi;
let worker: RunningWorker;
let token: string;
let projectId: string;

async function post(path: string, body: object) {
  const answer = await api.ask("POST", path, { token, body });
  expect({ path, ok: answer.status < 300, body: answer.body.detail }).toEqual({
    path,
    ok: true,
    body: undefined,
  });
  return answer.body;
}

beforeAll(async () => {
  api = await startTestApi();
  worker = startWorker({ ...api.environment, WORKER_CONCURRENCY: "8" });
  token = await api.tokenOf("admin");
  const offered = async () => (await api.ask("GET", "/plugins", { token })).body.items.length >= 6;
  await waitFor(offered, { timeoutMs: 120_000, intervalMs: 200, what: "the plugins" });
  projectId = (await post("/projects", { name: "Lab" })).id;
});

afterAll(async () => {
  await worker.stop();
  await api.stop();
});

async function fullScan(url: string, requests: object = {}): Promise<string> {
  const { href, hostname, port } = new URL(url);
  const why = { addedBy: "test", reason: "our own lab" };
  await post("/scope", { projectId, pattern: hostname, ports: [port], ...why });
  const target = await post("/targets", {
    ...{ projectId, name: href, baseUrl: href, environment: "test", requests },
    budget: { rps: 1_000, concurrency: 16 },
  });
  const scan = await post("/scans", { targetId: target.id, profile: "full", settings });
  const stream = await fetch(`${api.url}/scans/${scan.id}/events`, {
    headers: { Authorization: `Bearer ${token}` },
    signal: AbortSignal.timeout(200_000),
  });
  expect(await stream.text()).toContain('event: end\ndata: {"status":"succeeded"}');
  return scan.id;
}

function reported(scanId: string): Promise<ReportedFinding[]> {
  return api.database.sql.query(
    `SELECT f.type, f.severity::text, array_agg(DISTINCT i.route) AS "where"
     FROM observation o JOIN finding f ON f.id = o.finding_id JOIN instance i ON i.id = o.instance_id
     WHERE o.scan_id = $1::uuid GROUP BY f.id`,
    [scanId],
  );
}

async function modulesOf(scanId: string): Promise<ModuleRunResource[]> {
  const { body } = await api.ask("GET", `/scans/${scanId}/modules`, { token });
  return pageOf(ModuleRunResource).parse(body).items;
}

describe("a full scan", () => {
  it("finds what each vulnerable application has and nothing in its safe twin, and says what it cost", async () => {
    await Promise.all(
      SITES.map(async (name) => {
        const lab = await startLab(name);
        const scanId = await fullScan(lab.url);
        await lab.stop();
        const problems = expectationProblems(LABS[name].expectation, await reported(scanId));
        expect({ name, problems }).toEqual({ name, problems: [] });
        const unmarked = lab.requests().filter(({ headers }) => headers["x-picket-scan"] !== scanId);
        expect({ name, unmarked }).toEqual({ name, unmarked: [] });
        const scan = ScanDetail.parse((await api.ask("GET", `/scans/${scanId}`, { token })).body);
        expect(scan.crawl?.share).toBeGreaterThan(0.5);
        const probe = (await modulesOf(scanId)).find(({ plugin }) => plugin === "sql-injection");
        expect(probe).toMatchObject({ sideEffect: "intrusive", status: "succeeded" });
        const sent = probe?.counters.requests;
        expect(probe?.counters.requestsFor).toEqual(
          sent === undefined ? undefined : { "sql-injection": sent },
        );
      }),
    );
  });
});

/** A site that has nothing but what a scan must not touch, and one form. */
const PAGE = `<!doctype html><title>Shop</title>
<form method="post" action="/logout"><input name="to" value="/"></form>
<form method="post" action="/account/delete"><input name="id" value="1"></form>
<form method="post" action="/admin"><input name="action" value="remove"><input name="id" value="1"></form>
<form method="post" action="/note"><input name="text" value="hello"></form>
<a href="/order/cancel?id=1">cancel</a> <a href="/cart/clear?next=/">clear</a>
<script>fetch("/item/1", { method: "DELETE" }); fetch("/api/users/remove", { method: "POST", body: JSON.stringify({ id: 1 }) });</script>`;

async function startShop(): Promise<{ url: string; server: Server; seen: string[] }> {
  const seen: string[] = [];
  const server = createServer((request, response) => {
    seen.push(`${request.method} ${request.url}`);
    const isPage = (request.url ?? "").split("?")[0] === "/";
    request.resume().on("end", () => {
      response.writeHead(isPage || request.method !== "GET" ? 200 : 404, { "content-type": "text/html" });
      response.end(isPage ? PAGE : "done");
    });
  }).listen(0, "127.0.0.1");
  await once(server, "listening");
  return { url: `http://127.0.0.1:${(server.address() as AddressInfo).port}/`, server, seen };
}

describe("what looks destructive", () => {
  const isDestructive = (line: string) => {
    const [method = "", path = ""] = line.split(" ");
    return method === "DELETE" || destructiveWord(parseWebUrl(path, "http://a.test")) !== null;
  };
  const isPost = (line: string) => line.startsWith("POST");

  it("is asked for by no plugin, unless the target's policy permits it; forms are not sent where they may not", async () => {
    const shops = await Promise.all([startShop(), startShop(), startShop()]);
    const policies = [{}, { destructive: true }, { forms: "never" }];
    await Promise.all(shops.map(({ url }, index) => fullScan(url, policies[index])));
    for (const { server } of shops) server.close();
    const [left, permitted, read] = shops.map(({ seen }) => seen);
    expect(left?.filter(isDestructive)).toEqual([]);
    expect(left?.some((line) => line === "POST /note")).toBe(true);
    expect(left?.some((line) => line === "POST /admin")).toBe(false);
    expect(permitted?.filter(isDestructive).some(isPost)).toBe(true);
    // GraphQL is asked by POST, which reads.
    expect(read?.filter(isPost).filter((line) => !/graphql|graphiql|query/i.test(line))).toEqual([]);
  });
});

import { afterAll, beforeAll, describe, expect, it } from "@jest/globals";
import { registerReleases } from "@picket/db";
import { releaseSeed, seedTarget } from "@picket/db/testing";
import { seedScan } from "./support/seed.ts";
import { startTestApi, type TestApi } from "./support/test-api.ts";

let api: TestApi;
let operator: string;
let admin: string;

beforeAll(async () => {
  api = await startTestApi();
  [operator, admin] = await Promise.all([api.tokenOf("operator"), api.tokenOf("admin")]);
});

afterAll(async () => {
  await api.stop();
});

describe("projects", () => {
  it("are created, read, changed and listed", async () => {
    const created = await api.ask("POST", "/projects", { token: operator, body: { name: "Shop" } });
    expect(created.status).toBe(201);
    expect(created.headers.get("Location")).toBe(`/projects/${created.body.id}`);
    expect(created.body).toMatchObject({ name: "Shop", description: "", targetCount: 0 });

    const path = `/projects/${created.body.id}`;
    const changed = await api.ask("PATCH", path, { token: operator, body: { description: "All of it" } });
    expect(changed.body).toMatchObject({ name: "Shop", description: "All of it" });
    expect((await api.ask("GET", path, { token: operator })).body).toEqual(changed.body);
    const list = await api.ask("GET", "/projects", { token: operator });
    expect(list.body.items).toContainEqual(changed.body);
  });

  it("have names of their own", async () => {
    await api.ask("POST", "/projects", { token: operator, body: { name: "One" } });
    const two = await api.ask("POST", "/projects", { token: operator, body: { name: "Two" } });
    const again = await api.ask("POST", "/projects", { token: operator, body: { name: "One" } });
    const renamed = await api.ask("PATCH", `/projects/${two.body.id}`, {
      token: operator,
      body: { name: "One" },
    });
    expect([again.status, renamed.status]).toEqual([409, 409]);
    expect(again.body.code).toBe("CONFLICT");
  });
});

describe("targets", () => {
  async function newTarget(body: object = {}) {
    const project = await api.ask("POST", "/projects", {
      token: operator,
      body: { name: `P ${Math.random()}` },
    });
    return api.ask("POST", "/targets", {
      token: operator,
      body: {
        projectId: project.body.id,
        name: "Front",
        baseUrl: "HTTP://Shop.Example:80/app/#top",
        environment: "staging",
        ...body,
      },
    });
  }

  it("get a base URL in normal form and every default", async () => {
    const { status, body } = await newTarget();
    expect(status).toBe(201);
    expect(body).toMatchObject({
      baseUrl: "http://shop.example/app/",
      criticality: "medium",
      owner: null,
      budget: { rps: 10, concurrency: 4, maxRuntimeSeconds: 3600, maxRequests: 10000 },
      requests: { mark: null, forms: "intrusive", destructive: false },
      lastScan: null,
      deletedAt: null,
    });
  });

  it("say how their scans ask, and refuse a mark that is no header of its own", async () => {
    const mark = { name: "X-Security-Scan", value: "team web, {scan}" };
    const { body: target } = await newTarget({ requests: { mark, forms: "never" } });
    const marked = { name: "x-security-scan", value: "team web, {scan}" };
    expect(target.requests).toEqual({ mark: marked, forms: "never", destructive: false });
    const change = (requests: object) =>
      api.ask("PATCH", `/targets/${target.id}`, { token: operator, body: { requests } });
    expect((await change({ destructive: true })).body.requests).toMatchObject({
      mark: marked,
      destructive: true,
    });
    expect((await change({ mark: null })).body.requests).toMatchObject({ mark: null, forms: "never" });
    const wrong = await change({ mark: { name: "Cookie", value: "a\r\nb" } });
    expect(wrong.status).toBe(400);
    expect(wrong.body.errors.map(({ pointer }: { pointer: string }) => pointer)).toEqual([
      "/requests/mark/name",
      "/requests/mark/value",
    ]);
  });

  it("change only what is given; null clears", async () => {
    const { body: target } = await newTarget({ owner: "Ada", budget: { rps: 2 } });
    const { body } = await api.ask("PATCH", `/targets/${target.id}`, {
      token: operator,
      body: { owner: null, budget: { concurrency: 1 } },
    });
    expect(body).toMatchObject({ owner: null, name: "Front", budget: { rps: 2, concurrency: 1 } });
  });

  it("disappear from the list when deleted, and stay readable", async () => {
    const { body: target } = await newTarget();
    const path = `/targets/${target.id}`;
    expect((await api.ask("DELETE", path, { token: operator })).status).toBe(204);
    const list = await api.ask("GET", `/targets?project=${target.projectId}`, { token: operator });
    expect(list.body.items).toEqual([]);
    expect((await api.ask("GET", path, { token: operator })).body.deletedAt).not.toBeNull();
    expect((await api.ask("DELETE", path, { token: operator })).status).toBe(404);
    expect((await api.ask("PATCH", path, { token: operator, body: { name: "x" } })).status).toBe(404);
  });

  it("keep their base URL and their existence while a scan is under way", async () => {
    const { targetId } = await seedScan(api);
    const path = `/targets/${targetId}`;
    const moved = await api.ask("PATCH", path, {
      token: operator,
      body: { baseUrl: "http://other.example/" },
    });
    const removed = await api.ask("DELETE", path, { token: operator });
    const renamed = await api.ask("PATCH", path, { token: operator, body: { name: "Renamed" } });
    expect([moved.status, removed.status, renamed.status]).toEqual([409, 409, 200]);
    expect(renamed.body.lastScan).toMatchObject({ status: "queued" });
  });
});

describe("scope", () => {
  it("names who and why, and is taken back by someone for a reason", async () => {
    const { projectId } = await seedTarget(api.database.sql, {
      baseUrl: "http://127.0.0.1:8080/",
      scope: [],
    });
    const added = await api.ask("POST", "/scope", {
      token: admin,
      body: { projectId, pattern: "*.Shop.example.", ports: ["443"], addedBy: "Ada", reason: "contract 7" },
    });
    expect(added.status).toBe(201);
    expect(added.body).toMatchObject({ pattern: "*.shop.example", ports: ["443"], addedBy: "Ada" });

    const path = `/scope/${added.body.id}`;
    const unexplained = await api.ask("DELETE", path, { token: admin });
    expect(unexplained.body.errors.map(({ pointer }: { pointer: string }) => pointer)).toEqual([
      "/removedBy",
      "/reason",
    ]);
    const removed = await api.ask("DELETE", `${path}?removedBy=Ada&reason=over`, { token: admin });
    expect(removed.status).toBe(204);
    const list = await api.ask("GET", `/scope?project=${projectId}`, { token: admin });
    expect(list.body.items).toEqual([]);
    expect((await api.ask("DELETE", `${path}?removedBy=Ada&reason=over`, { token: admin })).status).toBe(404);
  });
});

describe("scans", () => {
  it("start with 202 and where to look, and can be cancelled", async () => {
    const { targetId } = await seedScan(api);
    const started = await api.ask("POST", "/scans", { token: operator, body: { targetId } });
    expect(started.status).toBe(202);
    expect(started.headers.get("Location")).toBe(`/scans/${started.body.id}`);
    expect(started.body).toMatchObject({ status: "queued", profile: "standard", mode: "interactive" });
    expect(started.body).not.toHaveProperty("health");

    const path = `/scans/${started.body.id}`;
    const cancelled = await api.ask("POST", `${path}/cancel`, { token: operator });
    expect(cancelled.status).toBe(202);
    expect(cancelled.body.cancelRequestedBy).toMatch(/^token:/);
    const modules = await api.ask("GET", `${path}/modules`, { token: operator });
    expect(modules.body.items.map(({ plugin }: { plugin: string }) => plugin)).toEqual(["crawl", "cookies"]);
    const list = await api.ask("GET", `/scans?target=${targetId}&status=queued`, { token: operator });
    expect(list.body.items[0].id).toBe(started.body.id);
  });

  it("say what is wrong with a setting, a target and a scope", async () => {
    const { targetId } = await seedScan(api);
    const outside = await seedTarget(api.database.sql, { baseUrl: "http://192.0.2.1/", scope: [] });
    const wrong = await api.ask("POST", "/scans", {
      token: operator,
      body: { targetId, settings: { crawl: { depth: 3 }, crawler: {} } },
    });
    const missing = await api.ask("POST", "/scans", {
      token: operator,
      body: { targetId: "0190a0a0-0000-7000-8000-000000000000" },
    });
    const refused = await api.ask("POST", "/scans", {
      token: operator,
      body: { targetId: outside.targetId },
    });
    const empty = await api.ask("POST", "/scans", { token: operator, body: {} });
    expect(empty).toMatchObject({ status: 400, body: { errors: [{ in: "body", pointer: "/targetId" }] } });
    expect(wrong.status).toBe(400);
    expect(wrong.body.errors).toEqual([
      { in: "body", pointer: "/settings/crawler", message: "no plugin of this name is registered" },
      { in: "body", pointer: "/settings/crawl/depth", message: "there is no such setting" },
    ]);
    expect([missing.status, missing.body.code]).toEqual([404, "NOT_FOUND"]);
    expect([refused.status, refused.body.code]).toEqual([422, "OUT_OF_SCOPE"]);
    expect(refused.body.hint).toContain("Add a scope entry");
  });
});

describe("plugins", () => {
  it("are listed with their settings", async () => {
    await seedScan(api);
    const { body } = await api.ask("GET", "/plugins", { token: operator });
    expect(body.items.map(({ name }: { name: string }) => name)).toEqual(["cookies", "crawl"]);
    expect(body.items[0]).toMatchObject({ stage: "inspect", origin: "builtin", defaultConfig: {} });
  });

  it("have a class by what they may send, which plugins, scans and profiles show", async () => {
    const { targetId } = await seedScan(api);
    await registerReleases(api.database.sql, [
      releaseSeed({ name: "judge" }),
      releaseSeed({ name: "prober", requiredCapabilities: ["http:active"] }),
      releaseSeed({ name: "attacker", requiredCapabilities: ["http:intrusive", "auth:use"] }),
    ]);
    const of = async (path: string) => (await api.ask("GET", path, { token: operator })).body.items;
    const classes = { attacker: "intrusive", judge: "passive", prober: "safe_active" };
    const listed: { name: string; sideEffect: string }[] = await of("/plugins");
    expect(Object.fromEntries(listed.map(({ name, sideEffect }) => [name, sideEffect]))).toMatchObject(
      classes,
    );
    const scan = await api.ask("POST", "/scans", { token: operator, body: { targetId, profile: "full" } });
    const runs: { plugin: string; sideEffect: string }[] = await of(`/scans/${scan.body.id}/modules`);
    expect(Object.fromEntries(runs.map(({ plugin, sideEffect }) => [plugin, sideEffect]))).toMatchObject(
      classes,
    );
    const profiles: { name: string; sideEffects: string[] }[] = await of("/profiles");
    expect(profiles.map(({ name, sideEffects }) => [name, sideEffects])).toEqual([
      ["passive", ["passive"]],
      ["standard", ["passive", "safe_active"]],
      ["full", ["passive", "safe_active", "intrusive"]],
    ]);
  });
});

import { afterAll, beforeAll, describe, expect, it } from "@jest/globals";
import { createKeyRing, openAuthProfile } from "@picket/db";
import { type SeededScan, seedScan } from "./support/seed.ts";
import { SECRET_KEYS, startTestApi, type TestApi } from "./support/test-api.ts";

let api: TestApi;
let admin: string;
let scan: SeededScan;
let names = 0;

beforeAll(async () => {
  api = await startTestApi();
  admin = await api.tokenOf("admin");
  scan = await seedScan(api);
});

afterAll(async () => {
  await api.stop();
});

const SECRET = "pl4nted-s3cr3t";
const [NEW, OLD] = SECRET_KEYS.split(",").map((entry) => {
  const [id = "", hex = ""] = entry.split(":");
  return { id, key: Buffer.from(hex, "hex") };
}) as [{ id: string; key: Buffer }, { id: string; key: Buffer }];

function profile(change: object = {}) {
  names += 1;
  const base = { targetId: scan.targetId, name: `login ${names}`, probe: { url: "/me", contains: "Hello" } };
  return { ...base, recipe: { kind: "header" }, secrets: { value: SECRET }, ...change };
}

const create = (body: object) => api.ask("POST", "/auth-profiles", { token: admin, body });
const opened = (id: string, version: number, keys = [NEW, OLD]) =>
  openAuthProfile(api.database.sql, createKeyRing(keys), { id, version });

describe("auth profiles", () => {
  it("are created, listed, changed and deleted, and never show a secret", async () => {
    const created = await create(profile());
    expect(created.status).toBe(201);
    expect(created.body).toMatchObject({
      version: 1,
      recipe: { kind: "header", header: "authorization", scheme: "Bearer" },
      secrets: [{ field: "value", keyId: "new" }],
      destructiveWords: expect.arrayContaining(["logout", "delete"]),
    });
    const path = `/auth-profiles/${created.body.id}`;
    const changed = await api.ask("PATCH", path, {
      token: admin,
      body: { secrets: { value: `${SECRET}2` } },
    });
    expect(changed.body.version).toBe(2);
    const listed = await api.ask("GET", `/auth-profiles?target=${scan.targetId}`, { token: admin });
    expect(listed.body.items).toContainEqual(changed.body);
    expect((await opened(created.body.id, 2)).secrets).toEqual({ value: `${SECRET}2` });
    for (const { body } of [created, changed, listed]) expect(JSON.stringify(body)).not.toContain(SECRET);
    expect((await api.ask("DELETE", path, { token: admin })).status).toBe(204);
    expect((await api.ask("GET", path, { token: admin })).status).toBe(404);
    const rows = await api.database.sql.query("SELECT 1 FROM auth_secret WHERE profile_id = $1::uuid", [
      created.body.id,
    ]);
    expect(rows).toEqual([]);
  });

  it.each([
    ["without its secret", { secrets: {} }, "secrets"],
    ["with a secret it has no use for", { secrets: { value: SECRET, password: SECRET } }, "secrets"],
    ["with a secret that is too short to be masked", { secrets: { value: "abc" } }, "secrets.value"],
    ["with a probe elsewhere", { probe: { url: "http://other.test/" } }, "probe.url"],
    ["with a login elsewhere", loginAt("https://other.test/login"), "recipe.loginUrl"],
  ])("are refused %s, and the answer repeats no secret", async (_, change, at) => {
    const { status, body } = await create(profile(change));
    expect(status).toBe(400);
    expect(JSON.stringify(body)).toContain(at);
    expect(JSON.stringify(body)).not.toContain(SECRET);
  });

  it("have names of their own, and can be made once only", async () => {
    const body = profile();
    expect((await create(body)).status).toBe(201);
    expect((await create(body)).status).toBe(409);
    const headers = { "Idempotency-Key": "k" };
    const keyed = await api.ask("POST", "/auth-profiles", { token: admin, body: profile(), headers });
    expect(keyed.status).toBe(400);
  });

  it("need their secrets anew when their kind changes", async () => {
    const { id } = (await create(profile())).body;
    const change = { recipe: { kind: "basic", username: "ana" } };
    const refused = await api.ask("PATCH", `/auth-profiles/${id}`, { token: admin, body: change });
    expect([refused.status, refused.body.detail]).toEqual([
      400,
      expect.stringContaining("password is missing"),
    ]);
    const body = { ...change, secrets: { password: SECRET } };
    const { body: basic } = await api.ask("PATCH", `/auth-profiles/${id}`, { token: admin, body });
    expect(basic.secrets).toMatchObject([{ field: "password" }]);
  });

  it("are kept out of scans of other targets and of versions that were planned before", async () => {
    const { id } = (await create(profile())).body;
    const other = await seedScan(api);
    const foreign = { targetId: other.targetId, authProfileId: id };
    expect((await api.ask("POST", "/scans", { token: admin, body: foreign })).status).toBe(400);
    const own = { targetId: scan.targetId, authProfileId: id };
    const another = (await create(profile())).body.id;
    const compared = { ...own, comparisonAuthProfileId: another };
    const started = await api.ask("POST", "/scans", { token: admin, body: compared });
    expect(started.body).toMatchObject({ ...compared, comparisonAuthProfileVersion: 1 });
    for (const refused of [
      { ...own, comparisonAuthProfileId: id },
      { targetId: scan.targetId, comparisonAuthProfileId: another },
      { targetId: other.targetId, authProfileId: id, comparisonAuthProfileId: another },
    ])
      expect((await api.ask("POST", "/scans", { token: admin, body: refused })).status).toBe(400);
    const [first, second] = [
      await api.ask("POST", "/scans", { token: admin, body: own }),
      await api.ask("POST", "/scans", { token: admin, body: { targetId: scan.targetId } }),
    ];
    expect(first.body).toMatchObject({ authProfileId: id, authProfileVersion: 1, authenticated: null });
    expect(first.body.configHash).not.toBe(second.body.configHash);
    await api.ask("PATCH", `/auth-profiles/${id}`, { token: admin, body: { name: "renamed" } });
    await expect(opened(id, 1)).rejects.toThrow("changed or deleted after this scan was planned");
  });
});

function loginAt(loginUrl: string): object {
  return { recipe: { kind: "form", username: "ana", loginUrl }, secrets: { password: SECRET } };
}

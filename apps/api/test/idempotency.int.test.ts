import { afterAll, beforeAll, describe, expect, it } from "@jest/globals";
import { seedScan } from "./support/seed.ts";
import { startTestApi, type TestApi } from "./support/test-api.ts";

let api: TestApi;
let token: string;

beforeAll(async () => {
  api = await startTestApi();
  token = await api.tokenOf("admin");
});

afterAll(async () => {
  await api.stop();
});

function createProject(key: string, name: string, as = token) {
  return api.ask("POST", "/projects", { token: as, body: { name }, headers: { "Idempotency-Key": key } });
}

async function countOf(sql: string, values: unknown[]): Promise<number> {
  const [row] = await api.database.sql.query<{ count: number }>(
    `SELECT count(*)::int AS count FROM ${sql}`,
    values,
  );
  return row?.count ?? 0;
}

describe("Idempotency-Key", () => {
  it("gives the same request the same answer, done once", async () => {
    const first = await createProject("key-1", "Once");
    const second = await createProject("key-1", "Once");
    expect(first.headers.get("Idempotent-Replayed")).toBeNull();
    expect(second.headers.get("Idempotent-Replayed")).toBe("true");
    expect([second.status, second.body]).toEqual([first.status, first.body]);
    expect(second.headers.get("Location")).toBe(first.headers.get("Location"));
    expect(await countOf("project WHERE name = $1", ["Once"])).toBe(1);
  });

  it("refuses another request", async () => {
    await createProject("key-2", "This");
    const other = await createProject("key-2", "That");
    expect([other.status, other.body.code]).toEqual([422, "IDEMPOTENCY_MISMATCH"]);
    expect(await countOf("project WHERE name = $1", ["That"])).toBe(0);
  });

  it("belongs to the token", async () => {
    const other = await api.tokenOf("operator");
    const [mine, theirs] = [
      await createProject("key-3", "Mine"),
      await createProject("key-3", "Theirs", other),
    ];
    expect([mine.status, theirs.status]).toEqual([201, 201]);
  });

  it("does once what arrives twenty times at once", async () => {
    const { targetId } = await seedScan(api);
    const before = await countOf("scan WHERE target_id = $1::uuid", [targetId]);
    const answers = await Promise.all(
      Array.from({ length: 20 }, () =>
        api.ask("POST", "/scans", { token, body: { targetId }, headers: { "Idempotency-Key": "key-4" } }),
      ),
    );
    expect(new Set(answers.map(({ status }) => status))).toEqual(new Set([202]));
    expect(new Set(answers.map(({ body }) => body.id)).size).toBe(1);
    expect(answers.filter(({ headers }) => headers.has("Idempotent-Replayed"))).toHaveLength(19);
    expect(await countOf("scan WHERE target_id = $1::uuid", [targetId])).toBe(before + 1);
  });

  it("works for a request without a body", async () => {
    const { scanId } = await seedScan(api);
    const cancel = () =>
      api.ask("POST", `/scans/${scanId}/cancel`, { token, headers: { "Idempotency-Key": "key-9" } });
    const [first, second] = [await cancel(), await cancel()];
    expect([first.status, second.status]).toEqual([202, 202]);
    expect(second.body).toEqual(first.body);
  });

  it("keeps nothing of a request that failed, so that it can be repeated", async () => {
    await createProject("key-5", "Taken");
    const failed = await createProject("key-6", "Taken");
    expect(failed.status).toBe(409);
    await api.database.sql.query("UPDATE project SET name = 'Free now' WHERE name = 'Taken'");
    expect((await createProject("key-6", "Taken")).status).toBe(201);
  });

  it("is forgotten after a day", async () => {
    await createProject("key-7", "Long ago");
    await api.database.sql.query(
      "UPDATE idempotency_key SET created_at = now() - interval '25 hours' WHERE key = 'key-7'",
    );
    expect((await createProject("key-7", "Another day")).status).toBe(201);
  });

  it("is refused where the answer is a secret, and when it is no key", async () => {
    const secret = await api.ask("POST", "/tokens", {
      token,
      body: { name: "ci", role: "viewer", person: "ada" },
      headers: { "Idempotency-Key": "key-8" },
    });
    const bad = await createProject("k y", "x");
    expect([secret.status, bad.status]).toEqual([400, 400]);
    expect(secret.body.errors).toEqual([
      { in: "header", pointer: "/Idempotency-Key", message: expect.stringContaining("secret") },
    ]);
    const kept = await countOf("idempotency_key WHERE response::text LIKE '%pkt_%'", []);
    expect(kept).toBe(0);
  });
});

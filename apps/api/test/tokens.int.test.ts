import { afterAll, beforeAll, describe, expect, it } from "@jest/globals";
import { startTestApi, type TestApi } from "./support/test-api.ts";

let api: TestApi;
let admin: string;

beforeAll(async () => {
  api = await startTestApi();
  admin = await api.tokenOf("admin");
});

afterAll(async () => {
  await api.stop();
});

async function storedToken(token: string) {
  const { body } = await api.ask("GET", "/tokens", { token: admin });
  return body.items.find(({ prefix }: { prefix: string }) => prefix === token.slice(4, 12));
}

describe("tokens", () => {
  it("are shown once, kept as a hash, and work at once", async () => {
    const { status, body } = await api.ask("POST", "/tokens", {
      token: admin,
      body: { name: "ci", role: "viewer", person: " Ada@Example.com" },
    });
    expect(status).toBe(201);
    expect(body.person).toBe("ada@example.com");
    expect(body.token).toMatch(/^pkt_[a-z0-9]{8}_[A-Za-z0-9_-]{43}$/);
    expect((await api.ask("GET", "/projects", { token: body.token })).status).toBe(200);
    expect(await storedToken(body.token)).not.toHaveProperty("token");
    const rows = await api.database.sql.query("SELECT api_token::text AS row FROM api_token");
    expect(JSON.stringify(rows)).not.toContain(body.token.slice(13));
  });

  it("stand for somebody", async () => {
    const { status, body } = await api.ask("POST", "/tokens", {
      token: admin,
      body: { name: "ci", role: "viewer" },
    });
    expect([status, body.errors[0].pointer]).toEqual([400, "/person"]);
  });

  it("are refused at once when revoked, whoever asks", async () => {
    const token = await api.tokenOf("viewer");
    const { id } = await storedToken(token);
    expect((await api.ask("GET", "/projects", { token })).status).toBe(200);
    expect((await api.ask("DELETE", `/tokens/${id}`, { token: admin })).status).toBe(204);
    expect((await api.ask("GET", "/projects", { token })).status).toBe(401);
    expect((await api.ask("DELETE", `/tokens/${id}`, { token: admin })).status).toBe(409);
  });

  it("are refused when they have expired, and not made when they would have", async () => {
    const token = await api.tokenOf("viewer", { expiresAt: new Date(Date.now() + 60_000) });
    expect((await api.ask("GET", "/projects", { token })).status).toBe(200);
    await api.database.sql.query("UPDATE api_token SET expires_at = now() WHERE prefix = $1", [
      token.slice(4, 12),
    ]);
    expect((await api.ask("GET", "/projects", { token })).status).toBe(401);
    const late = await api.ask("POST", "/tokens", {
      token: admin,
      body: { name: "late", role: "viewer", person: "ada", expiresAt: new Date(0).toISOString() },
    });
    expect([late.status, late.body.errors[0].pointer]).toEqual([400, "/expiresAt"]);
  });

  it.each([
    ["another secret", (token: string) => `${token.slice(0, -2)}${token.endsWith("aa") ? "bb" : "aa"}`],
    ["an unknown prefix", (token: string) => `pkt_zzzzzzzz${token.slice(12)}`],
    ["another form", () => "hunter2"],
  ])("are not proved by %s", async (_name, change) => {
    const { status, body } = await api.ask("GET", "/projects", { token: change(admin) });
    expect([status, body.detail]).toEqual([401, "the token is not valid: unknown, expired or revoked"]);
  });

  it("note their last use, at most once a minute", async () => {
    const token = await api.tokenOf("viewer");
    expect((await storedToken(token)).lastUsedAt).toBeNull();
    await api.ask("GET", "/projects", { token });
    const { lastUsedAt } = await storedToken(token);
    await api.ask("GET", "/projects", { token });
    expect((await storedToken(token)).lastUsedAt).toBe(lastUsedAt);
    await api.database.sql.query(
      "UPDATE api_token SET last_used_at = now() - interval '61 seconds' WHERE prefix = $1",
      [token.slice(4, 12)],
    );
    await api.ask("GET", "/projects", { token });
    expect(Date.parse((await storedToken(token)).lastUsedAt)).toBeGreaterThanOrEqual(Date.parse(lastUsedAt));
  });
});

describe("rate limits", () => {
  it("count each token by itself, and spare what is polled", async () => {
    const limited = await startTestApi({ RATE_LIMIT_PER_MINUTE: "5" });
    const [one, two] = [await limited.tokenOf("viewer"), await limited.tokenOf("viewer")];
    const statuses: number[] = [];
    for (let count = 0; count < 6; count++) {
      statuses.push((await limited.ask("GET", "/projects", { token: one })).status);
    }
    expect(statuses).toEqual([200, 200, 200, 200, 200, 429]);
    const refused = await limited.ask("GET", "/projects", { token: one });
    expect(refused.body.code).toBe("RATE_LIMITED");
    expect(Number(refused.headers.get("Retry-After"))).toBeGreaterThan(0);
    expect((await limited.ask("GET", "/projects", { token: two })).status).toBe(200);
    for (let count = 0; count < 8; count++) expect((await limited.ask("GET", "/healthz")).status).toBe(200);
    await limited.stop();
  });

  it("answer 429 to more than 20 wrong tokens a minute, and never to a right one", async () => {
    const guarded = await startTestApi();
    const right = await guarded.tokenOf("viewer");
    const statuses: number[] = [];
    for (let count = 0; count < 22; count++) {
      statuses.push((await guarded.ask("GET", "/projects", { token: `wrong-${count}` })).status);
    }
    expect(statuses).toEqual([...Array(20).fill(401), 429, 429]);
    expect((await guarded.ask("GET", "/projects", { token: right })).status).toBe(200);
    expect((await guarded.ask("GET", "/projects")).status).toBe(401);
    await guarded.stop();
  });
});

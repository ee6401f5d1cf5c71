import { afterAll, beforeAll, describe, expect, it } from "@jest/globals";
import { createLocalStore } from "@picket/storage";
import { type SeededScan, seedFetch, seedScan } from "./support/seed.ts";
import { startTestApi, type TestApi } from "./support/test-api.ts";

let api: TestApi;
let token: string;
let scan: SeededScan;

beforeAll(async () => {
  api = await startTestApi();
  token = await api.tokenOf("viewer");
  scan = await seedScan(api);
});

afterAll(async () => {
  await api.stop();
});

async function download(contentType: string) {
  const store = createLocalStore({ dir: api.storageDir });
  const { path } = await store.put(new TextEncoder().encode("<script>alert(1)</script>"));
  const id = await seedFetch(api.database.sql, scan, { bodyPath: path, contentType });
  return { id, answer: await api.ask("GET", `/fetches/${id}/body`, { token }) };
}

describe("GET /fetches/{id}/body", () => {
  it("gives a page as plain text to be saved, which no browser runs or renders", async () => {
    const { id, answer } = await download("text/html; charset=utf-8");
    expect(answer.status).toBe(200);
    expect(answer.body).toBe("<script>alert(1)</script>");
    expect(answer.headers.get("Content-Type")).toBe("text/plain; charset=utf-8");
    expect(answer.headers.get("Content-Disposition")).toBe(`attachment; filename="${id}.txt"`);
    expect(answer.headers.get("X-Content-Type-Options")).toBe("nosniff");
    expect(answer.headers.get("Content-Security-Policy")).toBe("sandbox; default-src 'none'");
  });

  it("gives anything else as bytes", async () => {
    const { id, answer } = await download("image/svg");
    expect(answer.headers.get("Content-Type")).toBe("application/octet-stream");
    expect(answer.headers.get("Content-Disposition")).toBe(`attachment; filename="${id}.bin"`);
  });

  it("says why there is none", async () => {
    const id = await seedFetch(api.database.sql, scan);
    const { status, body } = await api.ask("GET", `/fetches/${id}/body`, { token });
    expect([status, body.hint]).toEqual([404, "Storage mode: none."]);
  });

  it("is 404 when the store has lost it", async () => {
    const path = `sha256/aa/aa/${"a".repeat(64)}`;
    const id = await seedFetch(api.database.sql, scan, { bodyPath: path });
    expect((await api.ask("GET", `/fetches/${id}/body`, { token })).status).toBe(404);
  });
});

import { afterAll, beforeAll, expect, it } from "@jest/globals";
import { registerWorker } from "@picket/db";
import { seedScan } from "./support/seed.ts";
import { startTestApi, type TestApi } from "./support/test-api.ts";

let api: TestApi;

beforeAll(async () => {
  api = await startTestApi();
});
afterAll(async () => {
  await api.stop();
});

it("lists the fleet: live workers with slots and runs in hand first, silent ones after", async () => {
  const { sql } = api.database;
  const { moduleRunId } = await seedScan(api);
  await registerWorker(sql, "a-silent", 4);
  await registerWorker(sql, "b-live", 2);
  await sql.query("UPDATE worker SET seen_at = now() - interval '1 min' WHERE id = 'a-silent'");
  await sql.query(
    `UPDATE module_run SET status = 'running', attempt = 1, worker_id = 'b-live', started_at = now(),
                           lease_until = now() + interval '1 min' WHERE id = $1::uuid`,
    [moduleRunId],
  );
  const { status, body } = await api.ask("GET", "/workers", { token: await api.tokenOf("viewer") });
  expect(status).toBe(200);
  expect(body.items).toMatchObject([
    { id: "b-live", live: true, slots: 2, inHand: 1, seenAt: expect.any(String) },
    { id: "a-silent", live: false, slots: 4, inHand: 0 },
  ]);
});

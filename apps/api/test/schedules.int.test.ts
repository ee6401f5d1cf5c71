import { afterAll, beforeAll, describe, expect, it } from "@jest/globals";
import { type SeededScan, seedFinding, seedScan } from "./support/seed.ts";
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

function create(body: object) {
  return api.ask("POST", "/schedules", { token, body });
}

function nightly() {
  return { kind: "scan", targetId: scan.targetId, cron: "30 2 * * *", timeZone: "Europe/Berlin" };
}

describe("/schedules", () => {
  it("creates, shows, changes, pauses, resumes and removes a schedule, each on the record", async () => {
    const created = await create(nightly());
    expect(created.status).toBe(201);
    expect(created.body).toMatchObject({ profile: "standard", overlap: "forbid", enabled: true });
    expect(created.body.upcoming).toHaveLength(5);
    const path = `/schedules/${created.body.id}`;
    expect(created.headers.get("Location")).toBe(path);

    const blackouts = [{ days: ["mon"], from: "08:00", to: "18:00" }];
    const changed = await api.ask("PATCH", path, { token, body: { cron: "0 4 * * *", blackouts } });
    expect(changed.body).toMatchObject({ cron: "0 4 * * *", blackouts, timeZone: "Europe/Berlin" });
    const paused = await api.ask("PATCH", path, { token, body: { enabled: false } });
    expect(paused.body).toMatchObject({ enabled: false, nextDueAt: null, upcoming: [] });
    const resumed = await api.ask("PATCH", path, { token, body: { enabled: true } });
    expect(Date.parse(resumed.body.nextDueAt)).toBeGreaterThan(Date.now());

    const list = await api.ask("GET", `/schedules?target=${scan.targetId}`, { token });
    expect(list.body.items.map(({ id }: { id: string }) => id)).toEqual([created.body.id]);
    expect(await api.ask("GET", `${path}/runs`, { token })).toMatchObject({
      body: { items: [], next: null },
    });
    expect((await api.ask("DELETE", path, { token })).status).toBe(204);
    expect((await api.ask("GET", path, { token })).status).toBe(404);

    const audit = await api.database.sql.query(
      "SELECT action::text FROM audit_event WHERE params->>'scheduleId' = $1 ORDER BY seq",
      [created.body.id],
    );
    expect(audit.map((event) => Object.values(event).join())).toEqual([
      "schedule.created",
      "schedule.updated",
      "schedule.updated",
      "schedule.updated",
      "schedule.removed",
    ]);
  });

  it("has rechecks of a finding start by the clock", async () => {
    const findingId = await seedFinding(api.database.sql, scan);
    const { status, body } = await create({ kind: "recheck", findingId, cron: "@daily" });
    expect(status).toBe(201);
    expect(body).toMatchObject({
      kind: "recheck",
      findingId,
      targetId: scan.targetId,
      profile: null,
      timeZone: "UTC",
    });
  });

  it.each([
    [{ timeZone: "Europe/Nowhere" }, "/timeZone"],
    [{ timeZone: "+02:00" }, "/timeZone"],
    [{ cron: "61 * * * *" }, "/cron"],
    [{ overlap: "queue" }, "/overlap"],
    [{ blackouts: [{ days: [], from: "08:00", to: "09:00" }] }, "/blackouts/0/days"],
    [{ targetId: "00000000-0000-7000-8000-000000000000" }, "/targetId"],
    [{ findingId: "00000000-0000-7000-8000-000000000000" }, "/findingId"],
  ])("refuses %j and names the field", async (change, pointer) => {
    const { status, body } = await create({ ...nightly(), ...change });
    expect(status).toBe(400);
    expect(body.errors).toEqual(expect.arrayContaining([expect.objectContaining({ pointer })]));
  });
});

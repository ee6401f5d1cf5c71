import { afterAll, beforeAll, beforeEach, describe, expect, it } from "@jest/globals";
import { createTargetBudgets, type TargetBudgets } from "@picket/queue";
import { waitFor } from "@picket/testing";
import { type SeededScan, seedFinding, seedScan, setScanStatus } from "./support/seed.ts";
import { startTestApi, type TestApi } from "./support/test-api.ts";

let api: TestApi;
let operator: string;
/** Stands for a worker: notes what it is told to stop. */
let worker: TargetBudgets;
const stopped: string[] = [];

beforeAll(async () => {
  api = await startTestApi();
  operator = await api.tokenOf("operator");
  const { REDIS_URL = "", QUEUE_PREFIX = "" } = api.environment;
  worker = createTargetBudgets({
    redisUrl: REDIS_URL,
    prefix: QUEUE_PREFIX,
    onScanStopped: (scanId) => stopped.push(scanId),
  });
  const { scanId } = await seedScan(api);
  await waitFor(async () => {
    await api.ask("POST", `/scans/${scanId}/cancel`, { token: operator });
    return stopped.includes(scanId);
  });
});
beforeEach(async () => {
  await api.database.sql.query(
    "UPDATE scan SET status = 'failed', started_at = now(), finished_at = now() WHERE finished_at IS NULL",
  );
  stopped.length = 0;
});
afterAll(async () => {
  worker.close();
  await api.stop();
});

async function stop(body: object, token = operator) {
  return api.ask("POST", "/scans/cancel", { token, body });
}

const sorted = (scans: readonly SeededScan[]) => scans.map(({ scanId }) => scanId).sort();

async function seedThree() {
  const first = await seedScan(api);
  return [first, await seedScan(api, first), await seedScan(api)] as const;
}

async function schedule({ targetId }: SeededScan): Promise<string> {
  const body = { kind: "scan", targetId, cron: "0 3 * * *" };
  return (await api.ask("POST", "/schedules", { token: operator, body })).body.id;
}

async function recheckLater(scan: SeededScan): Promise<string> {
  const findingId = await seedFinding(api.database.sql, scan);
  const at = new Date(Date.now() + 3_600_000).toISOString();
  return (await api.ask("POST", `/findings/${findingId}/recheck`, { token: operator, body: { at } })).body.id;
}

async function recheckOf(id: string): Promise<unknown> {
  return (await api.ask("GET", `/rechecks/${id}`, { token: operator })).body;
}

async function nextDue(id: string): Promise<string | null> {
  return (await api.ask("GET", `/schedules/${id}`, { token: operator })).body.nextDueAt;
}

async function auditedChanges(scheduleId: string): Promise<unknown[]> {
  const { body } = await api.ask("GET", "/audit?action=schedule.updated", { token: operator });
  const events: { params: { scheduleId: string; change: unknown } }[] = body.items;
  return events.flatMap(({ params }) => (params.scheduleId === scheduleId ? [params.change] : []));
}

describe("the kill switch", () => {
  it("stops all scans of a target, of a project, or all there are, and tells the workers itself", async () => {
    const [first, second, other] = await seedThree();
    const ofTarget = await stop({ targetId: first.targetId });
    expect(ofTarget).toMatchObject({ status: 202, body: { scanIds: sorted([first, second]) } });
    await waitFor(() => stopped.length === 2);
    expect([...stopped].sort()).toEqual(sorted([first, second]));

    expect((await stop({ projectId: other.projectId })).body.scanIds).toEqual([other.scanId]);
    expect((await stop({ all: true })).body.scanIds).toEqual(sorted([first, second, other]));
    const { body } = await api.ask("GET", `/scans/${other.scanId}`, { token: operator });
    expect(body.cancelRequestedBy).toMatch(/^token:/);
  });

  it("leaves scans that have ended alone, and may have nothing to do", async () => {
    const scan = await seedScan(api);
    await setScanStatus(api.database.sql, scan.scanId, "succeeded");
    expect(await stop({ all: true })).toMatchObject({ status: 202, body: { scanIds: [] } });
    expect(stopped).toEqual([]);
  });

  it("changes nothing a second time, and is written down each time with who and what", async () => {
    const { scanId, targetId } = await seedScan(api);
    for (const _time of [1, 2]) expect((await stop({ targetId })).body.scanIds).toEqual([scanId]);
    const { body: ofScan } = await api.ask("GET", `/audit?scan=${scanId}&action=scan.cancelled`, {
      token: operator,
    });
    expect(ofScan.items).toHaveLength(1);
    const { body: switched } = await api.ask("GET", "/audit?action=scans.cancelled&limit=2", {
      token: operator,
    });
    const nothing = { pausedScheduleIds: [], cancelledRecheckIds: [] };
    const params = { targetId, pauseSchedules: true, scanIds: [scanId], ...nothing };
    for (const event of switched.items)
      expect(event).toMatchObject({ params, actor: expect.stringMatching(/^token:/) });
  });

  it("does not wait for a scan whose end is being judged before it stops them all", async () => {
    const [first, second] = await seedThree();
    let answer: ReturnType<typeof stop> | undefined;
    await api.database.transaction(async (sql) => {
      await sql.query("SELECT 1 FROM scan WHERE id = $1::uuid FOR UPDATE", [first.scanId]);
      answer = stop({ targetId: first.targetId });
      await waitFor(() => stopped.length === 2, { timeoutMs: 5_000 });
    });
    expect((await answer)?.body.scanIds).toEqual(sorted([first, second]));
    expect([...stopped].sort()).toEqual(sorted([first, second]));
  });

  it("pauses the schedules of what it stops, says which, and leaves all others as they are", async () => {
    const [first, , other] = await seedThree();
    const [own, others] = [await schedule(first), await schedule(other)];
    const { body } = await stop({ projectId: first.projectId });
    expect(body.pausedScheduleIds).toEqual([own]);
    expect(await nextDue(own)).toBeNull();
    expect(await nextDue(others)).not.toBeNull();
    expect((await stop({ targetId: first.targetId })).body.pausedScheduleIds).toEqual([]);
    expect(await auditedChanges(own)).toEqual([{ enabled: false }]);

    await api.ask("PATCH", `/schedules/${own}`, { token: operator, body: { enabled: true } });
    expect(await nextDue(own)).not.toBeNull();
  });

  it("takes back rechecks that wait for their time, and leaves all others as they are", async () => {
    const [first, , other] = await seedThree();
    const [own, others] = [await recheckLater(first), await recheckLater(other)];
    const { body } = await stop({ projectId: first.projectId });
    expect(body.cancelledRecheckIds).toEqual([own]);
    expect(await recheckOf(own)).toMatchObject({
      scanId: null,
      verdict: "inconclusive",
      reason: "cancelled",
    });
    expect(await recheckOf(others)).toMatchObject({ verdict: null });
    expect((await stop({ targetId: first.targetId })).body.cancelledRecheckIds).toEqual([]);
    const { body: audit } = await api.ask("GET", "/audit?action=recheck.cancelled", { token: operator });
    expect(audit.items).toMatchObject([{ params: { recheckId: own } }]);
  });

  it("lets schedules and rechecks go on where that is asked for", async () => {
    const scan = await seedScan(api);
    const [id, recheckId] = [await schedule(scan), await recheckLater(scan)];
    const { body } = await stop({ all: true, pauseSchedules: false });
    expect(body).toEqual({ scanIds: [scan.scanId], pausedScheduleIds: [], cancelledRecheckIds: [] });
    expect(await nextDue(id)).not.toBeNull();
    expect(await recheckOf(recheckId)).toMatchObject({ verdict: null });
  });

  it("wants exactly one of target, project and all, and one that is there", async () => {
    const { targetId, projectId } = await seedScan(api);
    for (const body of [
      {},
      { pauseSchedules: true },
      { targetId, projectId },
      { all: false },
      { targetId, all: true },
    ])
      expect((await stop(body)).status).toBe(400);
    for (const body of [{ targetId: projectId }, { projectId: targetId }])
      expect((await stop(body)).status).toBe(404);
    expect(stopped).toEqual([]);
  });

  it("is no viewer's", async () => {
    expect((await stop({ all: true }, await api.tokenOf("viewer"))).status).toBe(403);
  });

  it("is in the cancelling of a single scan too", async () => {
    const { scanId } = await seedScan(api);
    await api.ask("POST", `/scans/${scanId}/cancel`, { token: operator });
    await waitFor(() => stopped.includes(scanId));
  });
});

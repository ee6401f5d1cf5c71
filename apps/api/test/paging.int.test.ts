import { afterAll, beforeAll, describe, expect, it } from "@jest/globals";
import { type SeededScan, seedFinding, seedInstance, seedScan } from "./support/seed.ts";
import { startTestApi, type TestApi } from "./support/test-api.ts";

let api: TestApi;
let token: string;

beforeAll(async () => {
  api = await startTestApi();
  token = await api.tokenOf("viewer");
});

afterAll(async () => {
  await api.stop();
});

/** All ids of a list, page by page; `between` runs after each page. */
async function walk(path: string, between: (page: number) => Promise<unknown> = async () => undefined) {
  const ids: string[] = [];
  let next: string | null = null;
  for (let page = 0; page === 0 || next; page++) {
    const cursor: string = next ? `&cursor=${next}` : "";
    const { status, body } = await api.ask("GET", `${path}${cursor}`, { token });
    expect(status).toBe(200);
    ids.push(...body.items.map(({ id }: { id: string }) => id));
    next = body.next;
    await between(page);
  }
  return ids;
}

const SEVERITIES = ["info", "critical", "low", "high", "medium"] as const;

async function seedFindings(scan: SeededScan, count: number): Promise<string[]> {
  const ids: string[] = [];
  for (let index = 0; index < count; index++) {
    ids.push(await seedFinding(api.database.sql, scan, { severity: SEVERITIES[index % 5] ?? "info" }));
  }
  return ids;
}

describe("paging", () => {
  it.each(["severity", "newest", "last_seen", "confidence"])(
    "by %s neither repeats nor misses a finding while others are written",
    async (sort) => {
      const scan = await seedScan(api);
      const before = await seedFindings(scan, 25);
      const met = await walk(`/findings?view=open&target=${scan.targetId}&sort=${sort}&limit=4`, () =>
        seedFindings(scan, 5),
      );
      expect(new Set(met).size).toBe(met.length);
      expect(before.filter((id) => !met.includes(id))).toEqual([]);
    },
  );

  it("of endpoints, scans, instances and fetches ends with what was there", async () => {
    const scan = await seedScan(api);
    const scans = [scan.scanId];
    for (let index = 0; index < 5; index++) scans.push((await seedScan(api, scan)).scanId);
    const met = await walk(`/scans?target=${scan.targetId}&limit=2`, () => seedScan(api, scan));
    expect(met).toEqual(scans.toReversed());

    const findingId = await seedFinding(api.database.sql, scan);
    const [first] = (await api.ask("GET", `/evidence?finding=${findingId}`, { token })).body.items;
    for (let number = 1; number < 7; number++) {
      await seedInstance(api.database.sql, scan, { findingId, evidenceId: first.id, number });
    }
    const instances = await walk(`/findings/${findingId}/instances?limit=3`);
    expect(new Set(instances).size).toBe(7);
  });

  it("shows the worst first, each severity in one run", async () => {
    const scan = await seedScan(api);
    await seedFindings(scan, 10);
    const { body } = await api.ask("GET", `/findings?view=open&target=${scan.targetId}`, { token });
    const severities = body.items.map(({ severity }: { severity: string }) => severity);
    expect([...new Set(severities)]).toEqual(["critical", "high", "medium", "low", "info"]);
    expect(body.next).toBeNull();
  });

  it("refuses a cursor with other filters, another order or another list, but takes another limit", async () => {
    const scan = await seedScan(api);
    await seedFindings(scan, 6);
    const path = `/findings?view=open&target=${scan.targetId}`;
    const { body } = await api.ask("GET", `${path}&limit=2`, { token });
    const statusOf = async (query: string) =>
      (await api.ask("GET", `${query}cursor=${body.next}`, { token })).status;
    expect(await statusOf(`${path}&limit=5&`)).toBe(200);
    expect(await statusOf(`${path}&sort=newest&`)).toBe(400);
    expect(await statusOf(`${path}&severity=high&`)).toBe(400);
    expect(await statusOf("/findings?")).toBe(400);
    expect(await statusOf("/scans?")).toBe(400);
  });
});

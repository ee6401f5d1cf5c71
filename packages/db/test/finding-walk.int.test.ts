import { setTimeout as sleep } from "node:timers/promises";
import { beforeAll, describe, expect, it } from "@jest/globals";
import { FindingFilter } from "@picket/core";
import { seedTarget } from "../src/testing/seed.ts";
import { listFindings } from "../src/views/finding-list-view.ts";
import { forgetMoves } from "../src/views/finding-walk.ts";
import type { PageKey } from "../src/views/list.ts";
import { seedEndedScan, seedException, seedFinding } from "./finding-world.ts";
import { useDatabase } from "./use-database.ts";

const FINDINGS = 3_000;
const LIMIT = 60;

const { database, owner } = await useDatabase();
let targetId: string;

beforeAll(async () => {
  const { sql } = database;
  ({ targetId } = await seedTarget(sql, { baseUrl: "http://app.test/" }));
  const scanId = await seedEndedScan(sql, { targetId, endedAt: 1 });
  const id = await seedFinding(sql, { targetId, scanId, change: "new" });
  await copies(id, FINDINGS - 1);
});

/** Findings like this one, with a severity and a score by chance. */
async function copies(id: string, count: number): Promise<void> {
  const columns = await database.sql.query<{ name: string }>(
    `SELECT quote_ident(column_name) AS name FROM information_schema.columns WHERE table_name = 'finding'
       AND column_name NOT IN ('id', 'dedupe_key', 'rank', 'severity', 'confidence', 'confidence_score')`,
  );
  const names = columns.map(({ name }) => name).join(", ");
  await database.sql.query(
    `INSERT INTO finding (id, dedupe_key, severity, confidence_score, confidence, ${names})
     SELECT gen_random_uuid(), 'v1:' || encode(sha256(convert_to(n::text || random(), 'UTF8')), 'hex'),
            (enum_range(NULL::severity))[1 + n % 5], n % 101,
            CASE WHEN n % 101 >= 85 THEN 'high' WHEN n % 101 >= 70 THEN 'medium' ELSE 'low' END::confidence, ${names}
     FROM finding, generate_series(1, $2::int) n WHERE id = $1::uuid`,
    [id, count],
  );
}

/** Changes all that lists are sorted by, of a tenth of the findings at a time, in transactions that overlap pages. */
async function shake(until: { isOver: boolean }): Promise<number> {
  let rounds = 0;
  for (; !until.isOver; rounds++) {
    await database.transaction(async (sql) => {
      for (const _ of [1, 2]) {
        await sql.query(
          `UPDATE finding f SET severity = (enum_range(NULL::severity))[1 + floor(random() * 5)::int],
             confidence_score = v.score, last_seen_at = now() - random() * interval '10 days',
             confidence = CASE WHEN v.score >= 85 THEN 'high' WHEN v.score >= 70 THEN 'medium' ELSE 'low' END::confidence
           FROM (SELECT id, floor(random() * 101)::int AS score FROM finding WHERE random() < 0.1) v WHERE v.id = f.id`,
        );
        await sleep(5);
      }
    });
  }
  return rounds;
}

async function walk(
  query: object,
  between: () => Promise<unknown> = async () => undefined,
): Promise<string[]> {
  const filter = FindingFilter.parse(query);
  const met: string[] = [];
  let after: PageKey | undefined;
  do {
    const page: Awaited<ReturnType<typeof listFindings>> = await listFindings(database.sql, filter, {
      limit: LIMIT,
      after,
    });
    met.push(...page.items.map(({ id }) => id));
    after = page.next ?? undefined;
    await between();
  } while (after);
  return met;
}

async function walkShaken(query: object): Promise<string[]> {
  const until = { isOver: false };
  const shaking = shake(until);
  const met = await walk(query).finally(() => {
    until.isOver = true;
  });
  expect(await shaking).toBeGreaterThan(1);
  return met;
}

describe("a walk while everything that it is sorted by changes", () => {
  it.each(["severity", "confidence", "last_seen", "newest"])(
    "by %s meets every finding exactly once",
    async (sort) => {
      const met = await walkShaken({ sort });
      expect(met).toHaveLength(FINDINGS);
      expect(new Set(met).size).toBe(FINDINGS);
    },
  );

  it("of one target, which is several walks in one, does too", async () => {
    const met = await walkShaken({ target: targetId, view: "all" });
    expect([met.length, new Set(met).size]).toEqual([FINDINGS, FINDINGS]);
  });

  it("goes in the order of its first page", async () => {
    const rankOf = async () =>
      new Map(
        (await owner.query<{ id: string; rank: number }>("SELECT id, rank FROM finding")).map((r) => [
          r.id,
          r.rank,
        ]),
      );
    const before = await rankOf();
    let isFirst = true;
    const met = await walk({}, async () => {
      if (!isFirst) return;
      isFirst = false;
      await owner.query("UPDATE finding SET severity = 'critical' WHERE random() < 0.5");
    });
    const ranks = met.map((id) => before.get(id) ?? -1);
    expect(ranks).toEqual(ranks.toSorted((a, b) => b - a));
    expect(met).toHaveLength(FINDINGS);
  });

  it("meets what is accepted exactly once", async () => {
    const rows = await owner.query<{ id: string }>("SELECT id FROM finding LIMIT 150");
    for (const { id } of rows) {
      await owner.query("UPDATE finding SET severity = 'info' WHERE id = $1", [id]);
      await seedException(database.sql, id, 3_600);
    }
    await owner.query("UPDATE exception_record SET max_severity = 'critical'");
    const met = await walk({ view: "excepted" }, () =>
      owner.query("UPDATE finding SET severity = 'high' WHERE random() < 0.5"),
    );
    expect([met.length, new Set(met).size]).toEqual([150, 150]);
  });
});

describe("what moved", () => {
  it("is kept for as long as a walk can go on, and an older cursor is refused", async () => {
    const { next } = await listFindings(database.sql, FindingFilter.parse({}), { limit: 1 });
    const [value, id, snapshot, startedAt] = next ?? [];
    const old = [value ?? "", id ?? "", snapshot ?? "", Number(startedAt) - 90_000];
    await expect(
      listFindings(database.sql, FindingFilter.parse({}), { limit: 1, after: old }),
    ).rejects.toMatchObject({ code: "INVALID_INPUT", message: expect.stringContaining("25 hours ago") });
    await forgetMoves(database.sql);
    expect(await owner.query("SELECT 1 FROM finding_move LIMIT 1")).toHaveLength(1);
    await owner.query("UPDATE finding_move SET moved_at = now() - interval '26 hours'");
    expect(await forgetMoves(database.sql)).toBeGreaterThan(FINDINGS);
  });
});

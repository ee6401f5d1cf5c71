import { afterAll, beforeAll, describe, expect, it } from "@jest/globals";
import { FindingFilter } from "@picket/core";
import {
  findDiffPair,
  findingFacts,
  listChanges,
  listDiff,
  listFindings,
  listRegressions,
  type PageKey,
  type Sql,
} from "@picket/db";
import { createTestDatabase, type TestDatabase } from "@picket/testing";
import pg from "pg";
import { fillFindings } from "../bench/findings-fill.ts";

/** Too many rows to read them all; what else there is, such as targets, may be. */
const LARGE = new Set([
  "finding",
  "finding_move",
  "observation",
  "instance",
  "attribution",
  "finding_change",
  "evidence",
]);

interface Plan {
  "Node Type": string;
  "Relation Name"?: string;
  "Index Name"?: string;
  Plans?: Plan[];
}

interface Measured {
  "Relation Name"?: string;
  "Actual Rows": number;
  "Actual Loops": number;
  Plans?: Measured[];
}

/** `$2` later scans of finding `$1`'s target that saw it, the last of them too, at `$3` places each. */
const HISTORY = `
  WITH made AS (
    INSERT INTO scan (id, target_id, profile_name, profile_capabilities, storage_mode, status, config_hash,
                      engine_version, deadline, requested_by, started_at, finished_at)
    SELECT gen_random_uuid(), f.target_id, 'standard', '{http:passive}', 'none', 'succeeded', repeat('a', 64), '1.0.0',
           now(), 'test', now(), now()
    FROM finding f, generate_series(1, $2::int) WHERE f.id = $1::uuid RETURNING id),
  last AS (UPDATE finding SET last_seen_scan_id = (SELECT id FROM made LIMIT 1) WHERE id = $1::uuid)
  INSERT INTO observation (id, finding_id, instance_id, scan_id, module_run_id, severity, title, evidence_ids)
  SELECT gen_random_uuid(), $1::uuid, gen_random_uuid(), made.id, gen_random_uuid(), 'low', 'Seen', f.evidence_ids
  FROM made, generate_series(1, $3::int), finding f WHERE f.id = $1::uuid`;

let test: TestDatabase;
let client: pg.Client;
let ids: { target: string; project: string; scan: string };

beforeAll(async () => {
  test = await createTestDatabase();
  client = new pg.Client({ connectionString: test.ownerUrl });
  await client.connect();
  await fillFindings(client, { targets: 20, findingsPerTarget: 1_000 });
  const { rows } = await client.query(
    `SELECT t.id AS target, t.project_id AS project,
            (SELECT id FROM scan WHERE target_id = t.id ORDER BY finished_at DESC LIMIT 1) AS scan
     FROM target t LIMIT 1`,
  );
  ids = rows[0];
}, 90_000);
afterAll(async () => {
  await client.end();
  await test.drop();
});

/** The plans of all that `read` asks for; it gets no rows. */
async function plansOf(read: (sql: Sql) => Promise<unknown>): Promise<Plan[]> {
  const plans: Plan[] = [];
  await read({
    query: async (text, values = []) => {
      const { rows } = await client.query(`EXPLAIN (FORMAT JSON) ${text}`, [...values]);
      plans.push(rows[0]["QUERY PLAN"][0].Plan);
      return [];
    },
  });
  return plans.flatMap(nodesOf);
}

function nodesOf(plan: Plan): Plan[] {
  return [plan, ...(plan.Plans ?? []).flatMap(nodesOf)];
}

const readWhole = (plans: readonly Plan[]) =>
  plans.flatMap((plan) => {
    const name = plan["Relation Name"] ?? "";
    return plan["Node Type"].includes("Seq Scan") && LARGE.has(name) ? [name] : [];
  });

const indexesOf = (plans: readonly Plan[]) =>
  new Set(plans.flatMap((plan) => plan["Index Name"] ?? []).filter((name) => name.startsWith("finding_")));

const isSorted = (plans: readonly Plan[]) => plans.some((plan) => plan["Node Type"].includes("Sort"));

function findingPlans(query: object, after?: PageKey): Promise<Plan[]> {
  return plansOf((sql) => listFindings(sql, FindingFilter.parse(query), { limit: 50, after }));
}

/** Ordered lists that are read from an index in their order, as far as the page goes. */
const IN_ORDER: [object, string][] = [
  [{}, "finding_is_news_rank_id_idx"],
  [{ severity: "low" }, "finding_is_news_rank_id_idx"],
  [{ view: "open" }, "finding_status_rank_id_idx"],
  [{ plugin: "plugin-3" }, "finding_is_news_rank_id_idx"],
  [{ view: "fixed" }, "finding_status_rank_id_idx"],
  [{ view: "not_observed" }, "finding_last_change_rank_id_idx"],
  [{ view: "all" }, "finding_rank_id_idx"],
  [{ view: "all", type: "type-3" }, "finding_type_rank_id_idx"],
  [{ view: "all", sort: "newest" }, "finding_pkey"],
  [{ view: "all", sort: "last_seen" }, "finding_last_seen_at_id_idx"],
  [{ view: "all", sort: "confidence" }, "finding_confidence_score_id_idx"],
  [{ view: "open", sort: "confidence", confidence: "medium" }, "finding_confidence_score_id_idx"],
];

/** Several walks, each read from the index in its order as far as the page goes; only what they give is sorted. */
const WALKS: [object, string][] = [
  [{ confidence: "high" }, "finding_is_news_rank_id_idx"],
  [{ view: "open", confidence: "medium" }, "finding_status_rank_id_idx"],
  [{ view: "fixed", confidence: "low" }, "finding_status_rank_id_idx"],
];

function walkOf(plan: readonly Plan[]): Plan | undefined {
  return plan.find(
    ({ "Node Type": type, Plans }) => type === "Limit" && !isSorted((Plans ?? []).flatMap(nodesOf)),
  );
}

describe("plans of the lists of findings", () => {
  it.each(WALKS)("%j is read by several walks along %s", async (query, index) => {
    const plans = await findingPlans(query);
    expect(indexesOf(nodesOf(walkOf(plans) ?? { "Node Type": "none" }))).toContain(index);
    expect(readWhole(plans)).toEqual([]);
  });

  it.each(IN_ORDER)("%j is read in its order from %s", async (query, index) => {
    const plans = await findingPlans(query);
    expect(indexesOf(plans)).toContain(index);
    expect(isSorted(plans)).toBe(false);
    expect(readWhole(plans)).toEqual([]);
  });

  it.each(IN_ORDER.filter(([, index]) => index !== "finding_pkey"))(
    "%j is not, when %s is gone: this test can fail",
    async (query, index) => {
      await client.query("BEGIN");
      try {
        await client.query(`DROP INDEX ${index}`);
        const plans = await findingPlans(query);
        expect(indexesOf(plans)).not.toContain(index);
      } finally {
        await client.query("ROLLBACK");
      }
    },
  );

  it.each(["severity", "last_seen", "confidence"])(
    "a later page by %s reads no large table whole while a tenth of the findings moves",
    async (sort) => {
      await client.query(
        "UPDATE finding SET severity = 'low' WHERE hashtext(id::text) % 10 = 0; ANALYZE finding_move",
      );
      const value = { severity: 250, last_seen: "2026-01-01", confidence: 50 }[sort] ?? 0;
      const { rows } = await client.query(
        "SELECT pg_current_snapshot()::text AS snapshot, extract(epoch FROM now())::float8 AS at",
      );
      const after = [value, ids.target, rows[0].snapshot, rows[0].at];
      for (const view of ["news", "open", "all"])
        expect(readWhole(await findingPlans({ view, sort }, after))).toEqual([]);
    },
  );

  it.each(["news", "open", "fixed", "not_observed", "excepted", "all"])(
    "no filter or order of the view %s reads a large table whole",
    async (view) => {
      const { target, project, scan } = ids;
      const filters = [
        {},
        { target },
        { project },
        { owner: "owner 3" },
        { scan },
        { newInScan: scan },
        { severity: "high" },
        { confidence: "medium" },
        { severity: "high", confidence: "medium" },
        { target, confidence: "medium" },
        { type: "type-3" },
        { type: "type-none" },
        { plugin: "plugin-3" },
        { q: "word123" },
        { target, q: "word123" },
      ];
      const found: unknown[] = [];
      for (const filter of filters) {
        for (const sort of ["severity", "newest", "last_seen", "confidence"]) {
          const whole = readWhole(await findingPlans({ view, sort, ...filter }));
          if (whole.length > 0) found.push({ ...filter, sort, whole });
        }
      }
      expect(found).toEqual([]);
    },
  );
});

describe("plans of what a scan says", () => {
  it("read no large table whole", async () => {
    const { scan, target } = ids;
    const page = { limit: 50 };
    const sql: Sql = { query: async (text, values = []) => (await client.query(text, [...values])).rows };
    const pair = await findDiffPair(sql, scan);
    expect(pair.baselineScanId).not.toBeNull();
    expect(readWhole(await plansOf((explain) => listChanges(explain, scan, {}, page)))).toEqual([]);
    expect(readWhole(await plansOf((explain) => listDiff(explain, pair, {}, page)))).toEqual([]);
    expect(
      readWhole(await plansOf((explain) => listRegressions(explain, target, { scans: 10 }, page))),
    ).toEqual([]);
  });
});

describe("the facts that a confidence is computed from", () => {
  const SCANS = 200;
  const INSTANCES = 50;

  /** Rows of the finding's observations that are read; a plan's loops counted. */
  function rowsRead(plan: Measured): number {
    const own = plan["Relation Name"] === "observation" ? plan["Actual Rows"] * plan["Actual Loops"] : 0;
    return (plan.Plans ?? []).reduce((sum, inner) => sum + rowsRead(inner), own);
  }

  it("do not grow with the history of a finding", async () => {
    const { rows } = await client.query("SELECT id FROM finding WHERE target_id = $1 AND is_news LIMIT 1", [
      ids.target,
    ]);
    const finding = rows[0].id;
    await client.query(HISTORY, [finding, SCANS, INSTANCES]);
    await client.query("ANALYZE observation; ANALYZE scan");
    let read = 0;
    const explained: Sql = {
      query: async (text, values = []) => {
        const { rows } = await client.query(`EXPLAIN (ANALYZE, FORMAT JSON) ${text}`, [...values]);
        read = rowsRead(rows[0]["QUERY PLAN"][0].Plan);
        return [];
      },
    };
    await findingFacts(explained, [finding]);
    expect(read).toBeGreaterThan(INSTANCES);
    expect(read).toBeLessThan(2 * INSTANCES);
  });
});

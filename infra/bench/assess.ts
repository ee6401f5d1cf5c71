import { baselineFacts, type Database, endScan, lockConcernedFindings, type Sql } from "@picket/db";
import { seedTarget } from "@picket/db/testing";
import { assessChanges } from "../../apps/worker/src/assess/assess-changes.ts";
import { assessFindings } from "../../apps/worker/src/assess/assess-findings.ts";
import { type Course, PLACES, runScan } from "./assess-world.ts";
import { atMost, type BenchRow, flags, positionals, runIfMain } from "./bench-row.ts";
import { onPrivatePostgres, seconds, watched } from "./measure.ts";

/**
 * What the end of a scan costs: a baseline and four scans after it, each brought in by the platform's own ingest and
 * judged right away, in a private Postgres. Fails when one judgement takes longer than the bar.
 *
 *     node infra/bench/assess.ts [findings, default 5000]
 */

/** For 5,000 findings at 25,000 places; more may take as many times longer. */
const BAR_S = 3;
const BAR_FINDINGS = 5_000;

const findings = Number(positionals[0] ?? (flags.quick ? 500 : BAR_FINDINGS));

const COURSES: Record<string, Course> = {
  baseline: { shownAt: () => PLACES, look: () => "healthy" },
  unchanged: { shownAt: () => PLACES, look: () => "healthy" },
  "partly mended": {
    shownAt: (finding) => [PLACES, PLACES, PLACES, 2, 0][finding % 5] ?? 0,
    look: () => "healthy",
  },
  "half refused": { shownAt: () => 0, look: (page) => (page % 20 < 10 ? "healthy" : null) },
  "all mended": { shownAt: () => 0, look: () => "healthy" },
};

interface Judged {
  lock: number;
  confidence: number;
  changes: number;
  longest: number;
}

/** The same steps, in the same transaction, as the end of a scan. */
async function judge(database: Database, scanId: string): Promise<Judged> {
  const judged = { lock: 0, confidence: 0, changes: 0, longest: 0 };
  await database.transaction(async (plain) => {
    const sql = watched(plain, (took) => {
      judged.longest = Math.max(judged.longest, took);
    });
    const baseline = await baselineFacts(sql, scanId);
    let concerned: string[] = [];
    judged.lock = await seconds(async () => {
      concerned = await lockConcernedFindings(sql, scanId);
    });
    judged.confidence = await seconds(() => assessFindings(sql, scanId));
    judged.changes = await seconds(() =>
      assessChanges(sql, { scanId, concerned }, { scanProblem: null, baseline }),
    );
    await endScan(sql, { scanId, status: "succeeded", health: [], level: null });
  });
  return judged;
}

async function said(sql: Sql, scanId: string): Promise<string> {
  const rows = await sql.query<{ change: string; n: number }>(
    "SELECT change::text, count(*)::int AS n FROM finding_change WHERE scan_id = $1::uuid GROUP BY change ORDER BY change",
    [scanId],
  );
  return rows.map(({ change, n }) => `${n} ${change}`).join(", ");
}

async function measure(database: Database): Promise<number> {
  const { targetId } = await seedTarget(database.sql, {
    baseUrl: "http://app.test/",
    budget: { maxRuntimeSeconds: 86_400 },
  });
  const table: object[] = [];
  let worst = 0;
  for (const [scan, course] of Object.entries(COURSES)) {
    let scanId = "";
    const ingest = await seconds(async () => {
      scanId = await runScan(database, targetId, { findings, course });
    });
    const judged = await judge(database, scanId);
    const total = judged.lock + judged.confidence + judged.changes;
    worst = Math.max(worst, total);
    const figures = Object.entries({ ingest, ...judged, total }).map(([name, s]) => [
      `${name} s`,
      s.toFixed(2),
    ]);
    table.push({ scan, ...Object.fromEntries(figures), says: await said(database.sql, scanId) });
  }
  console.table(table);
  return worst;
}

async function assessRows(): Promise<BenchRow[]> {
  const figure = await onPrivatePostgres(({ database }) => measure(database));
  const bar = (BAR_S * Math.max(findings, BAR_FINDINGS)) / BAR_FINDINGS;
  const what = `the end of a scan judged, ${findings} findings at ${findings * PLACES} places`;
  return [atMost({ id: "assess", what, figure, unit: " s", atMost: bar })];
}

await runIfMain(import.meta.url, assessRows);

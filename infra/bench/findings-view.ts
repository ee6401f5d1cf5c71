import { FindingFilter } from "@picket/core";
import {
  type Database,
  findDiffPair,
  listChanges,
  listDiff,
  listFindings,
  listRegressions,
  type PageKey,
  type Sql,
} from "@picket/db";
import pg from "pg";
import { atMost, type BenchRow, flags, percentile, positionals, runIfMain } from "./bench-row.ts";
import { fillFindings } from "./findings-fill.ts";
import { type BenchPostgres, onPrivatePostgres } from "./measure.ts";

/**
 * Lists of findings over 1,000,000 findings with 2,000,000 observations on 100 targets, in a private Postgres: 50 a
 * page, 40 times each after a warm-up, as the application's role. Fails above the bars.
 *
 *     node infra/bench/findings-view.ts [findings per target, 10000] [targets, 100] [--data folder]
 *
 * `--data`: a database is kept there, and the next run takes it as it is in place of filling in another.
 */

const FIRST_PAGE_BAR_MS = 20;
const DEEP_PAGE_BAR = 2;
const DEEP_PAGE = 1_000;
const LIMIT = 50;
const ROUNDS = 40;

const findingsPerTarget = Number(positionals[0] ?? (flags.quick ? 1_000 : 10_000));
const targets = Number(positionals[1] ?? 100);

interface Measured {
  name: string;
  rows: number;
  p50: number;
  p95: number;
}

async function measure(name: string, read: () => Promise<{ items: unknown[] }>): Promise<Measured> {
  const times: number[] = [];
  let rows = 0;
  for (let round = -3; round < ROUNDS; round++) {
    const startedAt = performance.now();
    rows = (await read()).items.length;
    if (round >= 0) times.push(performance.now() - startedAt);
  }
  return { name, rows, p50: percentile(times, 0.5), p95: percentile(times, 0.95) };
}

/** Where page `number` begins, by walking there in large steps. Undefined: so many pages there are not. */
async function keyOfPage(sql: Sql, filter: FindingFilter, number: number): Promise<PageKey | undefined> {
  let after: PageKey | undefined;
  let left = (number - 1) * LIMIT;
  while (left > 0) {
    const limit = Math.min(left, 1_000);
    const { next } = await listFindings(sql, filter, { limit, after });
    if (!next) return undefined;
    after = next;
    left -= limit;
  }
  return after;
}

async function someIds(sql: Sql): Promise<{ target: string; project: string; scan: string; before: string }> {
  const [row] = await sql.query<{ target: string; project: string; scan: string; before: string }>(
    `SELECT t.id AS target, t.project_id AS project,
            (SELECT id FROM scan WHERE target_id = t.id ORDER BY finished_at DESC LIMIT 1) AS scan,
            (SELECT id FROM scan WHERE target_id = t.id ORDER BY finished_at DESC LIMIT 1 OFFSET 1) AS before
     FROM target t ORDER BY t.id LIMIT 1 OFFSET 7`,
  );
  if (!row) throw new Error("nothing was filled in");
  return row;
}

async function measureAll({ sql }: Database): Promise<{ measured: Measured[]; deep: [Measured, Measured] }> {
  const { target, project, scan, before } = await someIds(sql);
  const first = (query: object) => {
    const filter = FindingFilter.parse(query);
    const name = Object.entries(query).map(([key, value]) => `${key}=${String(value).slice(0, 13)}`);
    return measure(name.join(" ") || "default view", () => listFindings(sql, filter, { limit: LIMIT }));
  };
  const news = FindingFilter.parse({});
  const after = await keyOfPage(sql, news, DEEP_PAGE);
  if (!after) throw new Error(`there is no page ${DEEP_PAGE}: fill in more`);
  const start = await first({});
  const deep = await measure(`default view, page ${DEEP_PAGE}`, () =>
    listFindings(sql, news, { limit: LIMIT, after }),
  );
  const queries: object[] = [
    ...["open", "fixed", "not_observed", "excepted", "all"].map((view) => ({ view })),
    ...["newest", "last_seen", "confidence"].flatMap((sort) => [{ sort }, { view: "all", sort }]),
    ...[{}, { view: "open" }, { view: "excepted" }].flatMap((view) => [
      { ...view, target },
      { ...view, project },
      { ...view, owner: "owner 3" },
      { ...view, severity: "info" },
      { ...view, confidence: "medium" },
      { ...view, type: "type-7" },
      { ...view, type: "type-none" },
      { ...view, plugin: "plugin-3" },
      { ...view, q: "word1234" },
      { ...view, q: "weakness" },
      { ...view, q: "nowhere" },
    ]),
    { target, view: "all", sort: "last_seen" },
    { target, q: "word12" },
    { scan },
    { newInScan: scan },
  ];
  const measured = [start, deep];
  for (const query of queries) measured.push(await first(query));
  const pair = await findDiffPair(sql, scan, before);
  measured.push(await measure("changes of a scan", () => listChanges(sql, scan, {}, { limit: LIMIT })));
  measured.push(await measure("diff of two scans", () => listDiff(sql, pair, {}, { limit: LIMIT })));
  measured.push(
    await measure("regressions of a target", () =>
      listRegressions(sql, target, { scans: 10 }, { limit: LIMIT }),
    ),
  );
  return { measured, deep: [start, deep] };
}

async function fillWhenEmpty(client: pg.Client): Promise<void> {
  const { rowCount } = await client.query("SELECT 1 FROM finding LIMIT 1");
  if (rowCount !== 0) return;
  const startedAt = performance.now();
  await fillFindings(client, { targets, findingsPerTarget });
  const seconds = Math.round((performance.now() - startedAt) / 1_000);
  console.log(`${targets * findingsPerTarget} findings on ${targets} targets filled in within ${seconds} s`);
}

async function measureFilled({ ownerUrl, database }: BenchPostgres): ReturnType<typeof measureAll> {
  const client = new pg.Client({ connectionString: ownerUrl });
  await client.connect();
  await fillWhenEmpty(client).finally(() => client.end());
  return measureAll(database);
}

async function viewRows(): Promise<BenchRow[]> {
  const { measured, deep } = await onPrivatePostgres(measureFilled, flags.data);
  console.table(
    measured.map(({ name, rows, p50, p95 }) => ({
      list: name,
      rows,
      "p50 ms": p50.toFixed(1),
      "p95 ms": p95.toFixed(1),
    })),
  );
  const [first, last] = deep;
  const of = `${targets * findingsPerTarget} findings`;
  return [
    atMost({
      id: "P12",
      what: `first page of news, p95, ${of}`,
      figure: first.p95,
      unit: " ms",
      atMost: FIRST_PAGE_BAR_MS,
    }),
    {
      id: "P12",
      what: `page ${DEEP_PAGE} by keyset, p50`,
      figure: `${last.p50.toFixed(1)} ms`,
      against: `page 1 ${first.p50.toFixed(1)} ms`,
      ratio: (last.p50 / first.p50).toFixed(2),
      bar: `<= ${DEEP_PAGE_BAR}x`,
      met: last.p50 / first.p50 <= DEEP_PAGE_BAR,
    },
  ];
}

await runIfMain(import.meta.url, viewRows);

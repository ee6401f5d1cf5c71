import { setFlagsFromString } from "node:v8";
import { runInNewContext } from "node:vm";
import { type Database, learnRoutes, type NewFinding, type ResultBatch, storeResults } from "@picket/db";
import { batchOf, endpointAt, seedAttempt, seedScan, seedTarget } from "@picket/db/testing";
import { atMost, type BenchRow, flags, positionals, runIfMain } from "./bench-row.ts";
import { cpuOf, onPrivatePostgres, seconds, watched } from "./measure.ts";
import { PROOF, sightingAt } from "./sighting.ts";

/**
 * What it costs a target to learn a route that all its endpoints and places follow: 100 findings of the whole target at
 * almost all places, and 100 of single pages that become one. Fails when learning takes longer, one statement takes
 * longer, or more memory is needed than the bars say.
 *
 *     node infra/bench/routes.ts [endpoints and as many places, default 100000]
 */

const PLACES = 100_000;
/**
 * For 100,000; times in s. Until it is over no results of the target are stored: they wait for at most the statement
 * time-out, 15 s. `CPU`: of this process and of Postgres together, what it takes on a machine that does nothing else.
 */
const BARS = { CPU: 13, longest: 3, "memory MB": 50 };
/** Less is not told from garbage. */
const COLLECT_FROM_MB = 30;
const FINDINGS_OF_EACH = 100;
const BATCH = 2_000;

const places = Number(positionals[0] ?? (flags.quick ? 10_000 : PLACES));
const pageUrl = (page: number) => `http://app.test/product/red-tent-${page % places}`;

function sightings(): NewFinding[] {
  const each = places / FINDINGS_OF_EACH - 1;
  const findings = Array.from({ length: FINDINGS_OF_EACH }, (_, finding) => finding);
  return findings.flatMap((finding) => [
    sightingAt(pageUrl(finding), { level: "route", key: "" }),
    ...Array.from({ length: each }, (_, place) =>
      sightingAt(pageUrl(finding * each + place), { level: "target", key: `cause ${finding}` }),
    ),
  ]);
}

function* batches(): Generator<ResultBatch> {
  const endpoints = Array.from({ length: places }, (_, page) => endpointAt(pageUrl(page)));
  const findings = sightings();
  for (let start = 0; start < places; start += BATCH) {
    const end = start + BATCH;
    yield batchOf({
      evidence: [PROOF],
      endpoints: endpoints.slice(start, end),
      findings: findings.slice(start, end),
    });
  }
}

setFlagsFromString("--expose-gc");
const collectGarbage = runInNewContext("gc") as () => void;

/** In MB. */
function heap(): number {
  return process.memoryUsage().heapUsed / 1_048_576;
}

async function seen(database: Database): Promise<{ targetId: string; scanId: string }> {
  const { targetId } = await seedTarget(database.sql, { baseUrl: "http://app.test/" });
  const { scanId, runIds } = await seedScan(database, targetId, { headers: {} });
  const writer = await seedAttempt(database, runIds.headers ?? "");
  for (const batch of batches()) await storeResults(database, writer, batch);
  return { targetId, scanId };
}

interface Figures extends Record<keyof typeof BARS, number> {
  /** On the clock. */
  total: number;
}

async function measure(database: Database): Promise<Figures> {
  const scan = await seen(database);
  collectGarbage();
  const before = heap();
  const figures: Figures = { total: 0, CPU: 0, longest: 0, "memory MB": 0 };
  const note = (took: number) => {
    figures.longest = Math.max(figures.longest, took);
    if (heap() - before > Math.max(figures["memory MB"], COLLECT_FROM_MB)) collectGarbage();
    figures["memory MB"] = Math.max(figures["memory MB"], heap() - before);
  };
  figures.total = await seconds(() =>
    database.transaction(async (sql) => {
      const learn = () => learnRoutes(watched(sql, note), { ...scan, actor: "bench" });
      const { node, postgres } = await cpuOf(sql, learn);
      figures.CPU = node + postgres;
    }),
  );
  return figures;
}

async function routeRows(): Promise<BenchRow[]> {
  const { CPU, longest, total, ...figures } = await onPrivatePostgres(({ database }) => measure(database));
  const scale = Math.max(places, PLACES) / PLACES;
  const against = `on the clock ${total.toFixed(1)} s`;
  return [
    { what: "learning a route, CPU", figure: CPU, unit: " s", atMost: BARS.CPU * scale, against },
    { what: "its longest statement", figure: longest, unit: " s", atMost: BARS.longest * scale },
    { what: "its memory", figure: figures["memory MB"], unit: " MB", atMost: BARS["memory MB"] * scale },
  ].map((row) => atMost({ id: "routes", ...row, what: `${row.what}, ${places} endpoints` }));
}

await runIfMain(import.meta.url, routeRows);

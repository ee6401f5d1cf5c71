import type { CoverageHealth } from "@picket/core";
import { type Database, type NewFinding, type ResultWriter, storeResults } from "@picket/db";
import { batchOf, seedAttempt, seedEnd, seedScan } from "@picket/db/testing";
import { PROOF, sightingAt } from "./sighting.ts";

/** Places of each finding. */
export const PLACES = 5;
/** Sightings in one batch; five places of one finding may be in two. */
const BATCH = 1_000;
/** Every third finding is seen by both. */
const DETECTORS = ["bench-one", "bench-two"];

/** What a scan of the bench finds. */
export interface Course {
  /** How many of a finding's places show it. */
  shownAt(finding: number): number;
  /** How a detector's look at a page went; null: it did not get there, and the crawler was refused. */
  look(page: number): CoverageHealth | null;
}

const pageUrl = (page: number) => `http://app.test/page-${page}`;

function sightings(findings: number, detector: number, { shownAt }: Course): NewFinding[] {
  return Array.from({ length: findings }, (_, finding) => finding)
    .filter((finding) => detector === 0 || finding % 3 === 0)
    .flatMap((finding) =>
      Array.from({ length: shownAt(finding) }, (_, place) =>
        sightingAt(pageUrl((finding + place) % findings), { level: "target", key: `cause ${finding}` }),
      ),
    );
}

async function store(
  database: Database,
  writer: ResultWriter,
  findings: readonly NewFinding[],
): Promise<void> {
  for (let start = 0; start < findings.length; start += BATCH) {
    const batch = batchOf({ evidence: [PROOF], findings: findings.slice(start, start + BATCH) });
    await storeResults(database, writer, batch);
  }
}

/**
 * A scan by two detectors and a crawler through the platform's own ingest, as far as its end. There are as many pages
 * as findings.
 */
export async function runScan(
  database: Database,
  targetId: string,
  { findings, course }: { findings: number; course: Course },
): Promise<string> {
  const plugins = Object.fromEntries(["bench-crawl", ...DETECTORS].map((name) => [name, {}]));
  const { scanId, runIds } = await seedScan(database, targetId, plugins);
  const pages = Array.from({ length: findings }, (_, page) => page);
  const end = async (plugin: string, health: Course["look"], seen: readonly NewFinding[]) => {
    const writer = await seedAttempt(database, runIds[plugin] ?? "");
    await store(database, writer, seen);
    await seedEnd(database, writer, {
      coverage: pages.flatMap((page) => {
        const look = health(page);
        return look ? [{ method: "GET", url: pageUrl(page), health: look, exchanges: 1 }] : [];
      }),
    });
  };
  await end("bench-crawl", (page) => course.look(page) ?? "blocked", []);
  for (const [index, plugin] of DETECTORS.entries())
    await end(plugin, course.look, sightings(findings, index, course));
  return scanId;
}

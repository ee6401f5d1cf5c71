import { type CrawlCoverage, type CrawlFacts, crawlCoverage, REPLAY } from "@picket/core";
import { readRoutes } from "../identity/target-identity.ts";
import type { Sql } from "../sql.ts";

/** Runs that find places, as alias `m`; a recheck's replay finds none. */
const CRAWLS = `m.scan_id = $1::uuid AND m.stage = 'discover' AND m.plugin <> '${REPLAY.plugin}'`;

const KNOWN = `
  SELECT e.route, min(e.url) AS url
  FROM scan_endpoint se JOIN endpoint e ON e.id = se.endpoint_id JOIN module_run m ON m.id = se.module_run_id
  WHERE se.scan_id = $1::uuid AND e.method = 'GET' AND ${CRAWLS} GROUP BY e.route`;

const LOOKS = `
  SELECT c.route, c.health, c.healthy FROM coverage c JOIN module_run m ON m.id = c.module_run_id
  WHERE c.scan_id = $1::uuid AND c.method = 'GET' AND ${CRAWLS}`;

/** Null until a crawl of the scan has ended. By the routes that are known now, as they are learned after a crawl. */
export async function findCrawlCoverage(
  sql: Sql,
  { id, targetId }: { id: string; targetId: string },
): Promise<CrawlCoverage | null> {
  const ended = await sql.query<{ notes: CrawlFacts["notes"][number] }>(
    `SELECT coalesce(m.counters->'notes', '{}') AS notes FROM module_run m
     WHERE ${CRAWLS} AND m.finished_at IS NOT NULL AND m.status <> 'skipped'`,
    [id],
  );
  if (ended.length === 0) return null;
  const route = await readRoutes(sql, targetId);
  const asNow = <Row extends { route: string }>(rows: Row[]) =>
    rows.map((row) => ({ ...row, route: route(row.route) }));
  return crawlCoverage({
    known: asNow(await sql.query<CrawlFacts["known"][number]>(KNOWN, [id])),
    looks: asNow(await sql.query<CrawlFacts["looks"][number]>(LOOKS, [id])),
    notes: ended.map(({ notes }) => notes),
  });
}

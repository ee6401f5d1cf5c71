import type { Authentication, EndpointParameter, EndpointSource, HeaderList, Stage } from "@picket/core";
import { textParameter } from "../json-parameter.ts";
import type { Sql } from "../sql.ts";

/** A page of one kind of a scan's records, oldest first: `after` is the id of the last one before it. */
export interface SessionPage {
  scanId: string;
  after: string | null;
  limit: number;
}

/**
 * A page of what runs of earlier stages recorded: what runs of the same stage record beside a run does not show to it, so
 * that its results do not depend on which of them is faster.
 */
export interface EarlierPage extends SessionPage {
  /** Stage of the run that reads. */
  stage: Stage;
}

const EARLIER = `module_run_id IN (SELECT id FROM module_run WHERE scan_id = $1::uuid AND stage < $4::stage)`;

export interface SessionEndpoint {
  id: string;
  method: string;
  url: string;
  route: string;
  parameters: EndpointParameter[];
  source: EndpointSource;
  foundAt: string | null;
}

/**
 * Endpoints that this scan has seen so far, and those that a person imported; in a recheck, which discovers nothing,
 * those known at its places.
 */
export async function sessionEndpoints(sql: Sql, page: EarlierPage): Promise<SessionEndpoint[]> {
  return sql.query(
    `WITH seen AS (
       SELECT endpoint_id, source FROM scan_endpoint
       WHERE scan_id = $1::uuid AND ($2::uuid IS NULL OR endpoint_id > $2::uuid) AND ${EARLIER}
       ORDER BY endpoint_id LIMIT $3::int),
     replay AS (
       SELECT s.target_id, p.method, split_part(p.url, '?', 1) AS path
       FROM module_run r JOIN scan s ON s.id = r.scan_id,
         jsonb_to_recordset(r.config->'places') AS p(method text, url text)
       WHERE r.scan_id = $1::uuid AND r.plugin = 'replay'),
     known AS (
       SELECT e.* FROM replay p JOIN endpoint e
         ON e.target_id = p.target_id AND e.method = p.method AND split_part(e.url, '?', 1) = p.path
       UNION
       SELECT e.* FROM scan s JOIN endpoint e ON e.target_id = s.target_id AND e.source = 'import'
       WHERE s.id = $1::uuid AND NOT EXISTS (SELECT 1 FROM replay))
     SELECT e.id, e.method, e.url, e.route, e.parameters, seen.source, e.found_at AS "foundAt"
     FROM seen JOIN endpoint e ON e.id = seen.endpoint_id
     UNION ALL
     SELECT e.id, e.method, e.url, e.route, e.parameters, e.source, e.found_at
     FROM known e
     WHERE ($2::uuid IS NULL OR e.id > $2::uuid) AND NOT EXISTS (SELECT 1 FROM seen WHERE seen.endpoint_id = e.id)
     ORDER BY 1 LIMIT $3::int`,
    [page.scanId, page.after, page.limit, page.stage],
  );
}

export interface SessionFetch {
  id: string;
  method: string;
  url: string;
  status: number;
  requestHeaders: HeaderList;
  responseHeaders: HeaderList;
  contentType: string | null;
  truncated: boolean;
  source: "broker" | "plugin";
  /** `auth_lost`: with a session that cannot be proven to have lived then. */
  authentication: Authentication;
  startedAt: Date;
}

export interface SessionFetchFilter {
  method?: string | undefined;
  contentTypes?: readonly string[] | undefined;
  source?: "broker" | "plugin" | undefined;
}

/** How exchange `x` was made, by what its module run could prove of the session. */
const AUTHENTICATION = `CASE WHEN NOT x.authenticated THEN 'anonymous' WHEN EXISTS (
  SELECT 1 FROM module_run r WHERE r.id = x.module_run_id AND (r.counters->'auth'->>'provenAtEnd')::boolean AND NOT EXISTS (
    SELECT 1 FROM jsonb_to_recordset(r.counters->'auth'->'doubts') AS d("from" float8, "to" float8)
    WHERE extract(epoch FROM x.started_at) * 1000 BETWEEN d."from" AND coalesce(d."to", 'infinity')))
  THEN 'authenticated' ELSE 'auth_lost' END`;

/** Exchanges that got a response, those left out that made or proved the session: they may lie outside the target. */
export async function sessionFetches(
  sql: Sql,
  page: EarlierPage,
  { method, contentTypes, source }: SessionFetchFilter,
): Promise<SessionFetch[]> {
  return sql.query(
    `SELECT id, method, url, status, request->'headers' AS "requestHeaders",
            response_meta->'headers' AS "responseHeaders", response_meta->>'contentType' AS "contentType", truncated,
            origin AS source, started_at AS "startedAt", ${AUTHENTICATION} AS authentication
     FROM "fetch" x
     WHERE scan_id = $1::uuid AND ($2::uuid IS NULL OR id > $2::uuid) AND status IS NOT NULL AND response_meta->>'role' IS NULL
       AND ${EARLIER}
       AND ($5::text IS NULL OR method = $5)
       AND ($6::text[] IS NULL OR response_meta->>'contentType' = ANY ($6))
       AND ($7::fetch_origin IS NULL OR origin = $7)
     ORDER BY id LIMIT $3::int`,
    [
      page.scanId,
      page.after,
      page.limit,
      page.stage,
      method === undefined ? null : textParameter(method),
      contentTypes?.map(textParameter) ?? null,
      source ?? null,
    ],
  );
}

/** Exchanges of Picket's own that showed a page to be gone; at most 20,000. */
export async function sessionGonePlaces(
  sql: Sql,
  scanId: string,
): Promise<{ method: string; url: string; status: number; startedAt: Date }[]> {
  return sql.query(
    `SELECT method, url, status, started_at AS "startedAt" FROM "fetch"
     WHERE scan_id = $1::uuid AND status IN (404, 410) AND origin = 'broker' AND response_meta->>'role' IS NULL ORDER BY id LIMIT 20000`,
    [scanId],
  );
}

export interface SessionComponent {
  id: string;
  name: string;
  version: string | null;
  cpe: string | null;
  confidence: number;
}

/** Components that this scan has seen so far. */
export async function sessionComponents(sql: Sql, page: SessionPage): Promise<SessionComponent[]> {
  return sql.query(
    `SELECT id, name, version, cpe, confidence FROM tech_component
     WHERE target_id = (SELECT target_id FROM scan WHERE id = $1::uuid) AND last_seen_scan_id = $1::uuid
       AND ($2::uuid IS NULL OR id > $2::uuid)
     ORDER BY id LIMIT $3::int`,
    [page.scanId, page.after, page.limit],
  );
}

/** Path of a stored body. Null: the fetch kept none, or is not one of this scan. */
export async function sessionBodyPath(
  sql: Sql,
  { scanId, fetchId }: { scanId: string; fetchId: string },
): Promise<string | null> {
  const [row] = await sql.query<{ path: string | null }>(
    `SELECT body_path AS path FROM "fetch" WHERE id = $1::uuid AND scan_id = $2::uuid`,
    [fetchId, scanId],
  );
  return row?.path ?? null;
}

/** Which of these stored bodies a fetch names. */
export async function namedBodies(sql: Sql, paths: readonly string[]): Promise<Set<string>> {
  const rows = await sql.query<{ path: string }>(
    `SELECT DISTINCT body_path AS path FROM "fetch" WHERE body_path = ANY ($1::text[])`,
    [[...paths]],
  );
  return new Set(rows.map(({ path }) => path));
}

/**
 * A known place of the target: where an open finding shows, an endpoint of the baseline, or one that was imported. Of
 * findings those count that a plugin saw in what was recorded: a file that only a probe asked for is no page of the
 * target, and plugins that judge pages would report it as new.
 */
export interface KnownPlace {
  id: string;
  method: string;
  url: string;
}

export async function sessionKnownPlaces(sql: Sql, page: SessionPage): Promise<KnownPlace[]> {
  return sql.query(
    `SELECT id, method, url FROM (
       SELECT i.id, i.method, i.url
       FROM scan s JOIN finding f ON f.target_id = s.target_id AND f.status = 'open'
       JOIN instance i ON i.finding_id = f.id AND i.fixed_at IS NULL
       WHERE s.id = $1::uuid AND EXISTS (SELECT 1 FROM module_run r
         WHERE r.scan_id = s.id AND r.plugin = ANY(i.seen_by) AND r.stage = 'inspect')
       UNION ALL
       SELECT e.id, e.method, e.url
       FROM scan s JOIN scan_endpoint b ON b.scan_id = s.baseline_scan_id JOIN endpoint e ON e.id = b.endpoint_id
       WHERE s.id = $1::uuid
       UNION ALL
       SELECT e.id, e.method, e.url
       FROM scan s JOIN endpoint e ON e.target_id = s.target_id AND e.source = 'import'
       WHERE s.id = $1::uuid) known
     WHERE $2::uuid IS NULL OR id > $2::uuid
     ORDER BY id LIMIT $3::int`,
    [page.scanId, page.after, page.limit],
  );
}

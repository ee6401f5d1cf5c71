import type { EndpointResource } from "@picket/core";
import type { Sql } from "../sql.ts";
import { oldestFirst, type Page, type PageRequest, readPage } from "./list.ts";

const COLUMNS = `
  e.id, e.target_id AS "targetId", e.method, e.url, e.route, e.parameters, e.source,
  e.found_at AS "foundAt",  e.first_seen_at AS "firstSeenAt", e.last_seen_at AS "lastSeenAt"`;

/** All endpoints known of a target, by route. */
export function listTargetEndpoints(
  sql: Sql,
  targetId: string,
  page: PageRequest,
): Promise<Page<EndpointResource>> {
  return readPage<EndpointResource>(
    sql,
    {
      select: `SELECT ${COLUMNS} FROM endpoint e`,
      where: [["e.target_id = ?::uuid", targetId]],
      orderBy: "e.route, e.id",
      after: ([route, id]) => ["(e.route, e.id) > (?, ?::uuid)", route, id],
      keyOf: ({ route, id }) => [route, id],
    },
    page,
  );
}

/** The endpoints that a scan saw, in the order in which they became known. */
export function listScanEndpoints(
  sql: Sql,
  scanId: string,
  page: PageRequest,
): Promise<Page<EndpointResource>> {
  const select = `SELECT ${COLUMNS} FROM scan_endpoint se JOIN endpoint e ON e.id = se.endpoint_id`;
  const where = [["se.scan_id = ?::uuid", scanId]] as const;
  return readPage<EndpointResource>(sql, { select, where, ...oldestFirst("se.endpoint_id") }, page);
}

import type { FetchDetail, FetchFilter, FetchResource } from "@picket/core";
import type { Sql } from "../sql.ts";
import { oldestFirst, type Page, type PageRequest, readPage } from "./list.ts";

const COLUMNS = `
  f.id, f.scan_id AS "scanId", f.module_run_id AS "moduleRunId", m.plugin, f.origin, f.authenticated, f.method, f.url, f.status,
  f.failure, f.storage_mode AS "storageMode", f.body_path IS NOT NULL AS "hasBody", f.body_size::float8 AS "bodySize",
  f.truncated, f.storage_reason AS "storageReason", f.started_at AS "startedAt"`;

const FROM = `FROM "fetch" f JOIN module_run m ON m.id = f.module_run_id`;

/** In the order of the requests. */
export function listFetches(sql: Sql, filter: FetchFilter, page: PageRequest): Promise<Page<FetchResource>> {
  const select = `SELECT ${COLUMNS} ${FROM}`;
  const where = [["f.scan_id = ?::uuid", filter.scan]] as const;
  return readPage<FetchResource>(sql, { select, where, ...oldestFirst("f.id") }, page);
}

export async function findFetch(sql: Sql, id: string): Promise<FetchDetail | null> {
  const [row] = await sql.query<FetchDetail>(
    `SELECT ${COLUMNS}, f.request, f.response_meta AS "responseMeta", f.redirected_from_id AS "redirectedFromId",
            f.body_hash AS "bodyHash", f.redaction_version AS "redactionVersion"
     ${FROM} WHERE f.id = $1::uuid`,
    [id],
  );
  return row ?? null;
}

export interface FetchBody {
  /** Path in the body store; null when nothing is stored. */
  bodyPath: string | null;
  /** As the target stated it; null when it stated none. */
  contentType: string | null;
  storageMode: FetchResource["storageMode"];
  /** Why less than the whole body is stored. */
  storageReason: string | null;
}

/** Where a fetch's body is. Null: there is no such fetch. */
export async function findFetchBody(sql: Sql, id: string): Promise<FetchBody | null> {
  const [row] = await sql.query<FetchBody>(
    `SELECT body_path AS "bodyPath", response_meta->>'contentType' AS "contentType", storage_mode AS "storageMode",
            storage_reason AS "storageReason"
     FROM "fetch" WHERE id = $1::uuid`,
    [id],
  );
  return row ?? null;
}

import type { HeaderList } from "@picket/core";
import { jsonParameter } from "../json-parameter.ts";
import type { Attempt } from "../scans/fence.ts";
import type { Sql } from "../sql.ts";
import type { NewFetch } from "./result-batch.ts";
import type { ResultWriter } from "./store-results.ts";

export async function insertFetches(
  sql: Sql,
  { scanId, moduleRunId, attempt }: ResultWriter,
  fetches: readonly NewFetch[],
): Promise<void> {
  if (fetches.length === 0) return;
  await sql.query(
    `INSERT INTO "fetch" (id, scan_id, module_run_id, attempt, origin, method, url, request, status, failure,
       response_meta, redirected_from_id, storage_mode, body_path, body_hash, body_size, redaction_version, truncated,
       storage_reason, started_at, authenticated)
     SELECT id, $1::uuid, $2::uuid, $3::int, origin, method, url, request, status, failure, "responseMeta",
            "redirectedFromId", "storageMode", "bodyPath", "bodyHash", "bodySize", "redactionVersion", truncated,
            "storageReason", "startedAt", coalesce(authenticated, false)
     FROM jsonb_to_recordset($4::jsonb) AS made(
       id uuid, origin fetch_origin, method text, url text, request jsonb, status int, failure text,
       "responseMeta" jsonb, "redirectedFromId" uuid, "storageMode" storage_mode, "bodyPath" text, "bodyHash" text,
       "bodySize" bigint, "redactionVersion" int, truncated boolean, "storageReason" text, "startedAt" timestamptz, authenticated boolean)
     ON CONFLICT (id) DO NOTHING`,
    [scanId, moduleRunId, attempt, jsonParameter(fetches)],
  );
}

/** An answer as it was given. */
export interface RecordedAnswer {
  fetchId: string;
  status: number;
  headers: HeaderList;
  /** Null: the body was empty. */
  bodyPath: string | null;
  elapsedMs: number;
}

/** Exchanges of the run's earlier attempts that are stored to the letter, in the order in which they were made. */
export function recallableFetches(
  sql: Sql,
  { moduleRunId, attempt }: Attempt,
): Promise<{ id: string; key: string }[]> {
  return sql.query(
    `SELECT id, response_meta->>'recallKey' AS key FROM "fetch"
     WHERE module_run_id = $1::uuid AND attempt < $2::int AND origin = 'broker' AND response_meta ? 'recallKey'
     ORDER BY attempt, id`,
    [moduleRunId, attempt],
  );
}

export async function recordedAnswer(sql: Sql, fetchId: string): Promise<RecordedAnswer | null> {
  const [answer] = await sql.query<RecordedAnswer>(
    `SELECT id AS "fetchId", status, response_meta->'headers' AS headers, body_path AS "bodyPath",
            (response_meta->>'elapsedMs')::int AS "elapsedMs"
     FROM "fetch" WHERE id = $1::uuid AND status IS NOT NULL`,
    [fetchId],
  );
  return answer ?? null;
}

/** An exchange of the scan, as evidence refers to it. */
export interface FetchReference {
  id: string;
  method: string;
  url: string;
}

/** Those of the given exchanges that belong to the scan. */
export async function fetchesOfScan(
  sql: Sql,
  scanId: string,
  ids: readonly string[],
): Promise<Map<string, FetchReference>> {
  const rows = await sql.query<FetchReference>(
    `SELECT id, method, url FROM "fetch" WHERE id = ANY ($1::uuid[]) AND scan_id = $2::uuid`,
    [[...new Set(ids)], scanId],
  );
  return new Map(rows.map((row) => [row.id, row]));
}

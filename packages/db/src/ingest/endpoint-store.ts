import { parseWebUrl, uuidv7 } from "@picket/core";
import type { TargetIdentity } from "../identity/target-identity.ts";
import { jsonParameter } from "../json-parameter.ts";
import type { Sql } from "../sql.ts";
import type { NewEndpoint } from "./result-batch.ts";
import type { ResultWriter } from "./store-results.ts";

/** Endpoints of the target, and that the scan saw them. Their first URL and source stay. */
export async function storeEndpoints(
  sql: Sql,
  { scanId, targetId, moduleRunId }: ResultWriter,
  endpoints: readonly NewEndpoint[],
  { route }: Pick<TargetIdentity, "route">,
): Promise<void> {
  if (endpoints.length === 0) return;
  const distinct = new Map(endpoints.toReversed().map((endpoint) => [endpoint.endpointKey, endpoint]));
  const rows = [...distinct.values()].map((endpoint) => ({
    id: uuidv7(),
    route: route(parseWebUrl(endpoint.url).path),
    ...endpoint,
  }));
  await sql.query(
    `WITH reported AS (
       SELECT * FROM jsonb_to_recordset($4::jsonb) AS r(
         id uuid, method text, url text, route text, "paramsHash" text, "endpointKey" text, parameters jsonb,
         source text)),
     stored AS (
       INSERT INTO endpoint (id, target_id, method, url, route, params_hash, endpoint_key, parameters, source)
       SELECT id, $1::uuid, method, url, route, "paramsHash", "endpointKey", parameters, source
       FROM reported ORDER BY "endpointKey"
       ON CONFLICT (target_id, endpoint_key) DO UPDATE SET last_seen_at = now()
       RETURNING id, endpoint_key)
     INSERT INTO scan_endpoint (scan_id, endpoint_id, module_run_id, source)
     SELECT $2::uuid, stored.id, $3::uuid, reported.source
     FROM stored JOIN reported ON reported."endpointKey" = stored.endpoint_key
     ON CONFLICT (scan_id, endpoint_id) DO NOTHING`,
    [targetId, scanId, moduleRunId, jsonParameter(rows)],
  );
}

import { uuidv7 } from "@picket/core";
import type { TargetIdentity } from "../identity/target-identity.ts";
import { jsonParameter } from "../json-parameter.ts";
import type { Sql } from "../sql.ts";
import type { NewEndpoint } from "./result-batch.ts";
import type { ResultWriter } from "./store-results.ts";

/** Of several sightings of one endpoint the one with examples, else the first. */
function richest(endpoints: readonly NewEndpoint[]): NewEndpoint[] {
  const kept = new Map<string, NewEndpoint>();
  for (const endpoint of endpoints) {
    const known = kept.get(endpoint.endpointKey);
    if (!known || (!hasExamples(known) && hasExamples(endpoint))) kept.set(endpoint.endpointKey, endpoint);
  }
  return [...kept.values()];
}

function hasExamples({ parameters }: NewEndpoint): boolean {
  return parameters.some(({ example }) => example !== undefined);
}

/** Endpoints of the target, and that the scan saw them. Their first URL and source stay; examples are the latest seen. */
export async function storeEndpoints(
  sql: Sql,
  { scanId, targetId, moduleRunId }: ResultWriter,
  endpoints: readonly NewEndpoint[],
  { route }: Pick<TargetIdentity, "route">,
): Promise<void> {
  if (endpoints.length === 0) return;
  const rows = richest(endpoints).map(({ path, ...endpoint }) => ({
    id: uuidv7(),
    route: route(path),
    ...endpoint,
  }));
  await sql.query(
    `WITH reported AS (
       SELECT * FROM jsonb_to_recordset($4::jsonb) AS r(
         id uuid, method text, url text, route text, "paramsHash" text, "endpointKey" text, parameters jsonb,
         source text, "foundAt" text)),
     stored AS (
       INSERT INTO endpoint (id, target_id, method, url, route, params_hash, endpoint_key, parameters, source, found_at)
       SELECT id, $1::uuid, method, url, route, "paramsHash", "endpointKey", parameters, source, "foundAt"
       FROM reported ORDER BY "endpointKey"
       ON CONFLICT (target_id, endpoint_key) DO UPDATE SET last_seen_at = now(),
         found_at = coalesce(EXCLUDED.found_at, endpoint.found_at),
         parameters = CASE WHEN jsonb_path_exists(EXCLUDED.parameters, '$[*].example')
           THEN EXCLUDED.parameters ELSE endpoint.parameters END
       RETURNING id, endpoint_key)
     INSERT INTO scan_endpoint (scan_id, endpoint_id, module_run_id, source)
     SELECT $2::uuid, stored.id, $3::uuid, reported.source
     FROM stored JOIN reported ON reported."endpointKey" = stored.endpoint_key
     ON CONFLICT (scan_id, endpoint_id) DO NOTHING`,
    [targetId, scanId, moduleRunId, jsonParameter(rows)],
  );
}

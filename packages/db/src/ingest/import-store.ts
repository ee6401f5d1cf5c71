import { type ImportFormat, type ImportLeftOut, uuidv7 } from "@picket/core";
import { appendAudit } from "../audit/audit-store.ts";
import { readIdentity } from "../identity/target-identity.ts";
import { jsonParameter } from "../json-parameter.ts";
import type { Sql } from "../sql.ts";
import type { NewEndpoint } from "./result-batch.ts";

export interface EndpointImport {
  format: ImportFormat;
  /** In scope, secrets redacted. */
  endpoints: readonly NewEndpoint[];
  leftOut: readonly ImportLeftOut[];
  actor: string;
}

/**
 * Stores endpoints that a person brings: scans take them up like those they find. One that is known already becomes an
 * imported one, with its new examples. Returns how many different ones there were.
 */
export async function importEndpoints(
  sql: Sql,
  targetId: string,
  { format, endpoints, leftOut, actor }: EndpointImport,
): Promise<number> {
  const { route } = await readIdentity(sql, targetId);
  const distinct = new Map(endpoints.map((endpoint) => [endpoint.endpointKey, endpoint]));
  const rows = [...distinct.values()].map(({ path, ...endpoint }) => ({
    id: uuidv7(),
    route: route(path),
    ...endpoint,
  }));
  await sql.query(
    `INSERT INTO endpoint (id, target_id, method, url, route, params_hash, endpoint_key, parameters, source)
     SELECT id, $1::uuid, method, url, route, "paramsHash", "endpointKey", parameters, 'import'
     FROM jsonb_to_recordset($2::jsonb) AS r(
       id uuid, method text, url text, route text, "paramsHash" text, "endpointKey" text, parameters jsonb)
     ORDER BY "endpointKey"
     ON CONFLICT (target_id, endpoint_key) DO UPDATE SET source = 'import', url = EXCLUDED.url, parameters = EXCLUDED.parameters`,
    [targetId, jsonParameter(rows)],
  );
  await appendAudit(sql, {
    actor,
    action: "endpoints.imported",
    params: {
      targetId,
      format,
      endpoints: rows.length,
      leftOut: leftOut.map(({ reason, count }) => ({ reason, count })),
    },
  });
  return rows.length;
}

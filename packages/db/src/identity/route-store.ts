import { type LearnedTemplate, learnTemplates, type ObservedPath, parseWebUrl, routeOf } from "@picket/core";
import { jsonParameter } from "../json-parameter.ts";
import { pagesOf } from "../pages-of.ts";
import type { Sql } from "../sql.ts";
import { BY_ROUTE, TEMPLATE_SEPARATOR } from "./override-row.ts";
import { rekeyTarget } from "./rekey.ts";
import { lockIdentity } from "./target-identity.ts";

/**
 * Learns the routes that all paths known of the target show, and brings what is stored to them. Done when a scan has
 * discovered what there is, before it looks for findings. Returns what it learned; learning again changes nothing.
 */
export async function learnRoutes(
  sql: Sql,
  { targetId, scanId, actor }: { targetId: string; scanId: string; actor: string },
): Promise<string[]> {
  await lockIdentity(sql, targetId, "exclusive");
  const known = await sql.query<{ template: string; isRejected: boolean }>(
    `SELECT template, rejected_at IS NOT NULL AS "isRejected" FROM route_template WHERE target_id = $1::uuid`,
    [targetId],
  );
  const used = known.filter(({ isRejected }) => !isRejected).map(({ template }) => template);
  const rejected = known.filter(({ isRejected }) => isRejected).map(({ template }) => `${template}/`);
  const isNew = ({ template }: LearnedTemplate) => !rejected.some((one) => `${template}/`.startsWith(one));
  const learned = learnTemplates(new Set(used), await observedPaths(sql, targetId)).filter(isNew);
  if (learned.length === 0) return [];
  await sql.query(
    `INSERT INTO route_template (target_id, template, learned_scan_id, examples)
     SELECT $1::uuid, template, $2::uuid, examples
     FROM jsonb_to_recordset($3::jsonb) AS v(template text, examples int)`,
    [targetId, scanId, jsonParameter(learned)],
  );
  const templates = learned.map(({ template }) => template);
  await rekeyTarget(sql, targetId, { rule: BY_ROUTE, reason: templates.join(TEMPLATE_SEPARATOR), actor });
  return templates;
}

/** One path of each method and route: others of the same teach nothing more, and there may be very many. */
async function observedPaths(sql: Sql, targetId: string): Promise<ObservedPath[]> {
  const stored = "SELECT method, url FROM endpoint WHERE target_id = $1::uuid";
  const paths = new Map<string, ObservedPath>();
  for await (const page of pagesOf<{ method: string; url: string }>(sql, stored, [targetId])) {
    for (const { method, url } of page) {
      const { path } = parseWebUrl(url);
      paths.set(`${method} ${routeOf(path)}`, { method, path });
    }
  }
  return [...paths.values()];
}

import type { ComponentFilter, ComponentResource } from "@picket/core";
import type { Sql } from "../sql.ts";
import { type Page, type PageRequest, readPage } from "./list.ts";

const SELECT = `
  SELECT c.id, c.target_id AS "targetId", c.name, c.version, c.cpe, c.confidence, c.evidence_ids AS "evidenceIds",
         (SELECT coalesce(json_agg(json_build_object(
                   'id', v.id, 'cveId', v.cve_id, 'source', v.source, 'confidence', v.confidence, 'status', v.status)
                   ORDER BY v.cve_id, v.source), '[]')
          FROM cve_candidate v WHERE v.linked_component_id = c.id) AS "cveCandidates",
         c.first_seen_scan_id AS "firstSeenScanId", c.last_seen_scan_id AS "lastSeenScanId",
         c.first_seen_at AS "firstSeenAt", c.last_seen_at AS "lastSeenAt"
  FROM tech_component c`;

/** By name. */
export function listComponents(
  sql: Sql,
  filter: ComponentFilter,
  page: PageRequest,
): Promise<Page<ComponentResource>> {
  return readPage<ComponentResource>(
    sql,
    {
      select: SELECT,
      where: [["c.target_id = ?::uuid", filter.target]],
      orderBy: "c.name, c.id",
      after: ([name, id]) => ["(c.name, c.id) > (?, ?::uuid)", name, id],
      keyOf: ({ name, id }) => [name, id],
    },
    page,
  );
}

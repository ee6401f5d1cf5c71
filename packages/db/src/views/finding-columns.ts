import type { FindingResource } from "@picket/core";
import { exceptedSql } from "../exceptions/excepted-sql.ts";

/** A parameter of instance `i`. */
export const PARAMETER = `
  CASE WHEN i.parameter_name IS NOT NULL
       THEN json_build_object('name', i.parameter_name, 'in', i.parameter_in) END`;

const INSTANCE_COUNT =
  "(SELECT count(*)::int FROM instance i WHERE i.finding_id = f.id AND i.fixed_at IS NULL)";

/** The first place where finding `f` still shows; of a fixed one the first of all. */
const FIRST_PLACE = `
  (SELECT json_build_object('method', i.method, 'url', i.url, 'parameter', ${PARAMETER})
   FROM instance i WHERE i.finding_id = f.id AND (i.fixed_at IS NULL OR f.status = 'fixed') ORDER BY i.id LIMIT 1)`;

const PROOF = `
  (SELECT json_build_object('evidenceId', e.id, 'kind', e.kind, 'snippet', e.snippet)
   FROM evidence e WHERE e.id = f.evidence_ids[1])`;

/** FindingSummary of finding `f` as one JSON value. */
export const FINDING_SUMMARY = `
  json_build_object(
    'id', f.id, 'type', f.type, 'title', f.title, 'severity', f.severity, 'confidence', f.confidence,
    'confidenceScore', f.confidence_score, 'status', f.status, 'isExcepted', ${exceptedSql("f")},
    'instanceCount', ${INSTANCE_COUNT}, 'place', ${FIRST_PLACE},
    'proof', ${PROOF})`;

/** FindingResource of finding `f`, as `findingOf` reads it. `isExcepted`: SQL that says so, or what is known of it. */
export const findingColumns = (isExcepted = exceptedSql("f")) => `
  f.id, f.target_id AS "targetId", f.dedupe_key AS "dedupeKey", f.type,
  json_build_object('level', f.root_cause_level, 'key', f.root_cause_key) AS "rootCause", f.title, f.severity,
  f.confidence, f.confidence_score AS "confidenceScore", f.verified, f.status, f.cwe_id AS "cweId", f.cve_id AS "cveId",
  f.source_module AS "sourceModule",
  CASE WHEN f.last_change IS NOT NULL
       THEN json_build_object('change', f.last_change, 'reason', f.last_change_reason, 'cause', f.last_change_cause,
                              'scanId', f.last_change_scan_id) END AS "lastChange",
  ${isExcepted} AS "isExcepted",
  (SELECT coalesce(json_agg(json_build_object(
            'plugin', a.plugin, 'version', a.version, 'firstSeenScanId', a.first_seen_scan_id,
            'lastSeenScanId', a.last_seen_scan_id, 'firstSeenAt', a.first_seen_at, 'lastSeenAt', a.last_seen_at)
            ORDER BY a.plugin), '[]')
   FROM attribution a WHERE a.finding_id = f.id) AS attributions,
  ${INSTANCE_COUNT} AS "instanceCount", ${FIRST_PLACE} AS place, ${PROOF} AS proof,
  f.first_seen_scan_id AS "firstSeenScanId", f.last_seen_scan_id AS "lastSeenScanId",
  f.first_seen_at AS "firstSeenAt", f.last_seen_at AS "lastSeenAt", f.fixed_at AS "fixedAt",
  f.deleted_at AS "deletedAt"`;

type Attribution = FindingResource["attributions"][number];
type StoredAttribution = Omit<Attribution, "firstSeenAt" | "lastSeenAt"> & {
  firstSeenAt: string;
  lastSeenAt: string;
};

/** Times within JSON come as text. */
function attributionOf({ firstSeenAt, lastSeenAt, ...rest }: StoredAttribution): Attribution {
  return { ...rest, firstSeenAt: new Date(firstSeenAt), lastSeenAt: new Date(lastSeenAt) };
}

/** FindingResource as `findingColumns` give it. */
export type FindingRow = Omit<FindingResource, "attributions"> & { attributions: StoredAttribution[] };

export function findingOf<Row extends FindingRow>(
  row: Row,
): Omit<Row, "attributions"> & Pick<FindingResource, "attributions"> {
  return { ...row, attributions: row.attributions.map(attributionOf) };
}

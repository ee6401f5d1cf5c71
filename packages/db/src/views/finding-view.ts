import {
  confidenceSteps,
  type FindingDetail,
  type FindingFilter,
  type FindingResource,
  type InstanceResource,
} from "@picket/core";
import type { Sql } from "../sql.ts";
import { readEvidence } from "./evidence-view.ts";
import {
  type Condition,
  containing,
  newestFirst,
  oldestFirst,
  type Page,
  type PageKey,
  type PageRequest,
  readPage,
} from "./list.ts";

const PARAMETER = `
  CASE WHEN i.parameter_name IS NOT NULL
       THEN json_build_object('name', i.parameter_name, 'in', i.parameter_in) END`;

const COLUMNS = `
  f.id, f.target_id AS "targetId", f.dedupe_key AS "dedupeKey", f.type,
  json_build_object('level', f.root_cause_level, 'key', f.root_cause_key) AS "rootCause", f.title, f.severity,
  f.confidence, f.confidence_score AS "confidenceScore", f.status, f.cwe_id AS "cweId", f.cve_id AS "cveId",
  f.source_module AS "sourceModule",
  (SELECT count(*)::int FROM instance i WHERE i.finding_id = f.id) AS "instanceCount",
  (SELECT json_build_object('method', i.method, 'url', i.url, 'parameter', ${PARAMETER})
   FROM instance i WHERE i.finding_id = f.id ORDER BY i.id LIMIT 1) AS place,
  (SELECT json_build_object('evidenceId', e.id, 'kind', e.kind, 'snippet', e.snippet)
   FROM evidence e WHERE e.id = f.evidence_ids[1]) AS proof,
  f.first_seen_scan_id AS "firstSeenScanId", f.last_seen_scan_id AS "lastSeenScanId",
  f.first_seen_at AS "firstSeenAt", f.last_seen_at AS "lastSeenAt", f.fixed_at AS "fixedAt",
  f.deleted_at AS "deletedAt"`;

const WORST_FIRST = {
  orderBy: "f.severity, f.id",
  after: ([severity, id]: PageKey): Condition => [
    "(f.severity, f.id) > (?::severity, ?::uuid)",
    severity,
    id,
  ],
  keyOf: ({ severity, id }: FindingResource): PageKey => [severity, id],
};

function statusOf({ status, scan, newInScan }: FindingFilter): string | undefined {
  if (status === undefined) return scan || newInScan ? undefined : "open";
  return status === "any" ? undefined : status;
}

function conditionsOf(filter: FindingFilter): Condition[] {
  const text = filter.q === undefined ? undefined : containing(filter.q);
  return [
    ["f.target_id = ?::uuid", filter.target],
    ["f.target_id IN (SELECT id FROM target WHERE project_id = ?::uuid)", filter.project],
    ["f.id IN (SELECT finding_id FROM observation WHERE scan_id = ?::uuid)", filter.scan],
    // By target as well, which is what the index begins with.
    [
      "f.first_seen_scan_id = ?::uuid AND f.target_id = (SELECT target_id FROM scan WHERE id = ?::uuid)",
      filter.newInScan,
      filter.newInScan,
    ],
    ["f.severity = ?::severity", filter.severity],
    ["f.confidence = ?::confidence", filter.confidence],
    ["f.type = ?", filter.type],
    ["f.status = ?::finding_status", statusOf(filter)],
    ["(f.title ILIKE ? OR f.type ILIKE ?)", text, text],
  ];
}

/** Worst first, or newest first. */
export function listFindings(
  sql: Sql,
  filter: FindingFilter,
  page: PageRequest,
): Promise<Page<FindingResource>> {
  const order = filter.sort === "severity" ? WORST_FIRST : newestFirst<FindingResource>("f.id");
  const select = `SELECT ${COLUMNS} FROM finding f`;
  return readPage<FindingResource>(sql, { select, where: conditionsOf(filter), ...order }, page);
}

type FindingRow = Omit<FindingDetail, "confidenceSteps" | "evidence" | "instances" | "exception"> & {
  evidenceIds: string[];
  exceptionId: string | null;
  exceptionStatus: NonNullable<FindingDetail["exception"]>["status"];
  exceptionOwner: string;
  exceptionExpiresAt: Date;
};

const SELECT_DETAIL = `
  SELECT ${COLUMNS}, f.description, f.remediation, f."references", f.confidence_factors AS "confidenceFactors",
         f.evidence_ids AS "evidenceIds", x.id AS "exceptionId", x.status AS "exceptionStatus",
         x.owner AS "exceptionOwner", x.expires_at AS "exceptionExpiresAt"
  FROM finding f
  LEFT JOIN LATERAL (
    SELECT id, status, owner, expires_at FROM exception_record
    WHERE target_id = f.target_id AND finding_key = f.dedupe_key AND status IN ('proposed', 'approved', 'active')
    ORDER BY id DESC LIMIT 1) x ON true
  WHERE f.id = $1::uuid`;

/** With its evidence, the steps of its confidence, and the decision about it. */
export async function findFinding(sql: Sql, id: string): Promise<FindingDetail | null> {
  const [row] = await sql.query<FindingRow>(SELECT_DETAIL, [id]);
  if (!row) return null;
  const { evidenceIds, exceptionId, exceptionStatus, exceptionOwner, exceptionExpiresAt, ...finding } = row;
  return {
    ...finding,
    confidenceSteps: confidenceSteps(finding.confidenceFactors),
    evidence: await readEvidence(sql, evidenceIds),
    instances: `/findings/${id}/instances`,
    exception:
      exceptionId === null
        ? null
        : { id: exceptionId, status: exceptionStatus, owner: exceptionOwner, expiresAt: exceptionExpiresAt },
  };
}

/** All places where a finding shows, oldest first. */
export function listInstances(
  sql: Sql,
  findingId: string,
  page: PageRequest,
): Promise<Page<InstanceResource>> {
  const select = `
    SELECT i.id, i.finding_id AS "findingId", i.method, i.url, i.route, ${PARAMETER} AS parameter,
           i.first_seen_scan_id AS "firstSeenScanId", i.last_seen_scan_id AS "lastSeenScanId",
           i.first_seen_at AS "firstSeenAt", i.last_seen_at AS "lastSeenAt"
    FROM instance i`;
  const where = [["i.finding_id = ?::uuid", findingId]] as const;
  return readPage<InstanceResource>(sql, { select, where, ...oldestFirst("i.id") }, page);
}

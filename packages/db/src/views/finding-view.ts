import {
  type Capability,
  type FindingDetail,
  type FindingResource,
  type InstanceResource,
  sideEffectOf,
  storedConfidenceSteps,
} from "@picket/core";
import type { Sql } from "../sql.ts";
import { readEvidence } from "./evidence-view.ts";
import { exceptionsOfFinding } from "./exception-view.ts";
import { type FindingRow, findingColumns, findingOf, PARAMETER } from "./finding-columns.ts";
import { oldestFirst, type Page, type PageRequest, readPage } from "./list.ts";

type DetailRow = FindingRow &
  Pick<FindingDetail, "description" | "mergedIntoId" | "remediation" | "references" | "confidenceFactors"> & {
    evidenceIds: string[];
  };

const SELECT_DETAIL = `
  SELECT ${findingColumns()}, f.description, f.merged_into_id AS "mergedIntoId", f.remediation, f."references",
         f.confidence_factors AS "confidenceFactors", f.evidence_ids AS "evidenceIds"
  FROM finding f
  WHERE f.id = $1::uuid`;

/** Statements that a person can take in at a glance; `/scans/{id}/changes` has those of any scan. */
const HISTORY = 20;

async function readHistory(sql: Sql, findingId: string): Promise<FindingDetail["history"]> {
  return sql.query(
    `SELECT s.id AS "scanId", s.finished_at AS at, c.change, c.reason, c.cause
     FROM finding_change c JOIN scan s ON s.id = c.scan_id
     WHERE c.finding_id = $1::uuid ORDER BY s.finished_at DESC, s.id DESC LIMIT ${HISTORY}`,
    [findingId],
  );
}

/** With the class of each plugin, as its newest release of that version says. */
async function withSideEffects(
  sql: Sql,
  attributions: FindingResource["attributions"],
): Promise<FindingDetail["attributions"]> {
  const releases = await sql.query<{ name: string; version: string; capabilities: Capability[] }>(
    `SELECT DISTINCT ON (name, version) name, version, manifest->'requiredCapabilities' AS capabilities
     FROM plugin_release WHERE name = ANY ($1::text[]) ORDER BY name, version, registered_at DESC`,
    [attributions.map(({ plugin }) => plugin)],
  );
  return attributions.map((attribution) => {
    const { plugin, version } = attribution;
    const release = releases.find((each) => each.name === plugin && each.version === version);
    return { ...attribution, sideEffect: sideEffectOf(release?.capabilities ?? []) };
  });
}

/** With its evidence, the steps of its confidence, and the decisions about it. */
export async function findFinding(sql: Sql, id: string): Promise<FindingDetail | null> {
  const [row] = await sql.query<DetailRow>(SELECT_DETAIL, [id]);
  if (!row) return null;
  const { evidenceIds, ...finding } = findingOf(row);
  return {
    ...finding,
    attributions: await withSideEffects(sql, finding.attributions),
    confidenceSteps: storedConfidenceSteps(finding.confidenceFactors, finding.confidenceScore),
    evidence: await readEvidence(sql, evidenceIds),
    instances: `/findings/${id}/instances`,
    history: await readHistory(sql, id),
    exceptions: await exceptionsOfFinding(sql, id),
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
           i.first_seen_at AS "firstSeenAt", i.last_seen_at AS "lastSeenAt", i.fixed_at AS "fixedAt"
    FROM instance i`;
  const where = [["i.finding_id = ?::uuid", findingId]] as const;
  return readPage<InstanceResource>(sql, { select, where, ...oldestFirst("i.id") }, page);
}

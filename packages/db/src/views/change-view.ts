import type { Change, ChangeCounts, ChangeFilter, ChangeResource } from "@picket/core";
import type { Sql } from "../sql.ts";
import { FINDING_SUMMARY } from "./finding-columns.ts";
import { type Condition, type Page, type PageKey, type PageRequest, readPage } from "./list.ts";

/** By change, then oldest finding: parts that never change, so a page is the same whenever it is read. */
export function byChange(change: string, findingId: string) {
  return {
    orderBy: `${change}, ${findingId}`,
    after: ([reached, id]: PageKey): Condition => [
      `(${change}, ${findingId}) > (?::change, ?::uuid)`,
      reached,
      id,
    ],
    keyOf: (row: ChangeResource): PageKey => [row.change, row.finding.id],
  };
}

/** What an ended scan said of each finding that was open before it or that it saw. */
export function listChanges(
  sql: Sql,
  scanId: string,
  filter: ChangeFilter,
  page: PageRequest,
): Promise<Page<ChangeResource>> {
  const select = `
    SELECT c.change, c.reason, c.cause, ${FINDING_SUMMARY} AS finding
    FROM finding_change c JOIN finding f ON f.id = c.finding_id`;
  const where = [
    ["c.scan_id = ?::uuid", scanId],
    ["c.change = ?::change", filter.change],
    ["c.reason = ?", filter.reason],
  ] as const;
  return readPage<ChangeResource>(sql, { select, where, ...byChange("c.change", "c.finding_id") }, page);
}

/** With a zero for each change that does not occur. */
export function changeCounts(counted: Readonly<Record<string, number>>): ChangeCounts {
  const countOf = (change: Change) => counted[change] ?? 0;
  return {
    new: countOf("new"),
    reopened: countOf("reopened"),
    still_present: countOf("still_present"),
    fixed: countOf("fixed"),
    not_observed: countOf("not_observed"),
  };
}

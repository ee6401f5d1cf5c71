import { type FindingFilter, type FindingResource, type FindingView, Severity } from "@picket/core";
import { exceptedSql, maybeExceptedSql } from "../exceptions/excepted-sql.ts";
import type { Sql } from "../sql.ts";
import { liveTargetSql } from "../targets/live-target-sql.ts";
import { type FindingRow, findingColumns, findingOf } from "./finding-columns.ts";
import {
  type Condition,
  containing,
  type Page,
  type PageKey,
  type PageRequest,
  pageOfRows,
  whereAll,
} from "./list.ts";

const IS_EXCEPTED = exceptedSql("f");
const ON_LIVE_TARGET: Condition = [liveTargetSql("f.target_id")];

const VIEWS: Record<FindingView, readonly Condition[]> = {
  news: [["f.is_news"], [`NOT ${IS_EXCEPTED}`]],
  open: [["f.status = 'open'"], [`NOT ${IS_EXCEPTED}`]],
  fixed: [["f.status = 'fixed'"]],
  not_observed: [["f.last_change = 'not_observed'"], ["f.status = 'open'"], [`NOT ${IS_EXCEPTED}`]],
  excepted: [["f.status = 'open'"], [maybeExceptedSql("f")], [IS_EXCEPTED]],
  all: [["f.status <> 'soft_deleted'"]],
};

/** What a view knows of all that is in it need not be asked of each. */
const KNOWN_EXCEPTED: Partial<Record<FindingView, string>> = {
  news: "false",
  open: "false",
  not_observed: "false",
  excepted: "true",
};

/** What a scan saw, and what has a status, is asked for with no regard to news. */
function viewOf({ view, scan, newInScan, status }: FindingFilter): FindingView {
  return view ?? (scan || newInScan || status ? "all" : "news");
}

/** A severity is a range of ranks: 101 grades of confidence each, as the column `rank` is made. */
function rankRange(severity: Severity | undefined): Condition {
  const lowest = severity && (Severity.options.length - 1 - Severity.options.indexOf(severity)) * 101;
  return ["f.rank BETWEEN ?::smallint AND ?::smallint", lowest, lowest === undefined ? lowest : lowest + 100];
}

function findingConditions(filter: FindingFilter): Condition[] {
  const view = viewOf(filter);
  const text = filter.q === undefined ? undefined : containing(filter.q);
  const isDeletedWanted = view === "all" && filter.status === "soft_deleted";
  const isByHistory = (filter.target ?? filter.scan ?? filter.newInScan) !== undefined;
  return [
    ...(isDeletedWanted ? [] : VIEWS[view]),
    ...(isByHistory ? [] : [ON_LIVE_TARGET]),
    ["EXISTS (SELECT 1 FROM observation o WHERE o.scan_id = ?::uuid AND o.finding_id = f.id)", filter.scan],
    ["f.first_seen_scan_id = ?::uuid", filter.newInScan],
    rankRange(filter.severity),
    ["f.confidence = ?::confidence", filter.confidence],
    ["f.type = ?", filter.type],
    ["EXISTS (SELECT 1 FROM attribution a WHERE a.finding_id = f.id AND a.plugin = ?)", filter.plugin],
    ["f.status = ?::finding_status", filter.status],
    ["(f.title ILIKE ? OR f.type ILIKE ?)", text, text],
  ];
}

/** Of target `t`. That of a scan is named too, for the indexes begin with it. */
function targetConditions({ target, project, owner, scan, newInScan }: FindingFilter): Condition[] {
  return [
    ["t.id = ?::uuid", target],
    ["t.project_id = ?::uuid", project],
    ["t.owner = ?", owner],
    ["t.id = (SELECT target_id FROM scan WHERE id = ?::uuid)", scan],
    ["t.id = (SELECT target_id FROM scan WHERE id = ?::uuid)", newInScan],
  ];
}

interface Order {
  orderBy: string;
  after(key: PageKey): Condition;
  /** The first part of a row's key, exactly. */
  key: string;
}

/** By a column, highest first, then newest. Its text is the key: a `Date` has no microseconds. */
function descending(column: string, type: string): Order {
  return {
    orderBy: `${column} DESC, f.id DESC`,
    after: ([value, id]) => [`(${column}, f.id) < (?::${type}, ?::uuid)`, value, id],
    key: `${column}::text`,
  };
}

const ORDERS: Record<FindingFilter["sort"], Order> = {
  severity: descending("f.rank", "smallint"),
  confidence: descending("f.confidence_score", "smallint"),
  last_seen: descending("f.last_seen_at", "timestamptz"),
  newest: { orderBy: "f.id DESC", after: ([, id]) => ["f.id < ?::uuid", id], key: "''" },
};

interface FindingPage {
  conditions: readonly Condition[];
  targets: readonly Condition[];
  orderBy: string;
  limit: number;
}

/** All findings in their order, those of other targets passed over. */
function fromFindings({ conditions, targets, orderBy, limit }: FindingPage, values: unknown[]): string {
  const { text: which } = whereAll(targets, values);
  const scope: readonly Condition[] =
    which === "" ? [] : [[`f.target_id IN (SELECT t.id FROM target t ${which})`]];
  const { text } = whereAll([...scope, ...conditions], values);
  return `SELECT f.* FROM finding f ${text} ORDER BY ${orderBy} LIMIT ${limit}`;
}

/** The first of each target, and of these the first: so a small target's page does not depend on what others have. */
function fromTargets({ conditions, targets, orderBy, limit }: FindingPage, values: unknown[]): string {
  const { text: which } = whereAll(targets, values);
  const { text } = whereAll([["f.target_id = t.id"], ...conditions], values);
  return `
    SELECT f.* FROM target t CROSS JOIN LATERAL (
      SELECT f.* FROM finding f ${text} ORDER BY ${orderBy} LIMIT ${limit}) f
    ${which} ORDER BY ${orderBy} LIMIT ${limit}`;
}

/** Text and exceptions lead to the findings themselves, whichever targets they are on. */
function isByTarget(filter: FindingFilter): boolean {
  const { target, project, owner, scan, newInScan, q } = filter;
  const isScoped = (target ?? project ?? owner ?? scan ?? newInScan) !== undefined;
  return isScoped && q === undefined && viewOf(filter) !== "excepted";
}

/**
 * Findings by view, filters and order. A finding whose own sort value changes between two pages (its severity, its
 * confidence, when it was last seen) is met at its new place; `newest` has none that can change.
 */
export async function listFindings(
  sql: Sql,
  filter: FindingFilter,
  page: PageRequest,
): Promise<Page<FindingResource>> {
  const { orderBy, after, key } = ORDERS[filter.sort];
  const conditions = findingConditions(filter);
  if (page.after) conditions.push(after(page.after));
  const wanted = { conditions, targets: targetConditions(filter), orderBy, limit: page.limit + 1 };
  const values: unknown[] = [];
  const found = isByTarget(filter) ? fromTargets(wanted, values) : fromFindings(wanted, values);
  const rows = await sql.query<FindingRow & { sortKey: string }>(
    `SELECT ${findingColumns(KNOWN_EXCEPTED[viewOf(filter)])}, ${key} AS "sortKey" FROM (${found}) f ORDER BY ${orderBy}`,
    values,
  );
  const { items, next } = pageOfRows(rows, page.limit, ({ sortKey, id }) => [sortKey, id]);
  return { items: items.map(({ sortKey: _, ...row }) => findingOf(row)), next };
}

import {
  type Confidence,
  type FindingFilter,
  type FindingResource,
  type FindingView,
  Severity,
} from "@picket/core";
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
  excepted: [["f.status = 'open'"], [maybeExceptedSql("f")]],
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

type Range = readonly [low: number, high: number];

/** Scores of each band, as `finding_confidence` in the database draws the lines. */
const SCORES: Record<Confidence, Range> = { low: [0, 69], medium: [70, 84], high: [85, 100] };

/**
 * Ranks of a severity, of a band of confidence in each severity, or of both: the column `rank` has 101 grades of
 * confidence for each severity. Undefined: any.
 */
function rankRanges({
  severity,
  confidence,
}: Pick<FindingFilter, "severity" | "confidence">): Range[] | undefined {
  if (!severity && !confidence) return undefined;
  const [low, high] = confidence ? SCORES[confidence] : [0, 100];
  const worst = Severity.options.length - 1;
  return (severity ? [severity] : Severity.options)
    .map((one) => (worst - Severity.options.indexOf(one)) * 101)
    .map((base) => [base + low, base + high]);
}

/** By rank each range is a walk of its own; any other order meets them all on its way. */
function gradeConditions({ severity, confidence, sort }: FindingFilter): Condition[] {
  const scores = sort === "confidence" && confidence ? SCORES[confidence] : [];
  const ranks = sort === "severity" || !severity ? [] : (rankRanges({ severity })?.[0] ?? []);
  return [
    ["f.rank BETWEEN ?::smallint AND ?::smallint", ranks[0], ranks[1]],
    ["f.confidence_score BETWEEN ?::smallint AND ?::smallint", scores[0], scores[1]],
    ["f.confidence = ?::confidence", sort === "severity" ? undefined : confidence],
  ];
}

/** Findings of a plugin that has no more than these are found from the plugin, those of others on the way. */
const FEW = 2_000;

/** Asked for, not estimated: an estimate that is off makes the one walk everything, the other fetch everything. */
async function pluginCondition(sql: Sql, plugin: string | undefined): Promise<Condition[]> {
  if (plugin === undefined) return [];
  const found = await sql.query<{ isFew: boolean }>(
    `SELECT count(*) <= ${FEW} AS "isFew" FROM (SELECT 1 FROM attribution WHERE plugin = $1 LIMIT ${FEW + 1}) those`,
    [plugin],
  );
  return found[0]?.isFew
    ? [["f.id = ANY (ARRAY(SELECT a.finding_id FROM attribution a WHERE a.plugin = ?))", plugin]]
    : [["(SELECT true FROM attribution a WHERE a.finding_id = f.id AND a.plugin = ?)", plugin]];
}

/** A condition that is asked of each row that comes by, and not made part of how rows are found. */
function unindexed([text, ...values]: Condition): Condition {
  return [`(${text}) IS NOT DISTINCT FROM true`, ...values];
}

function findingConditions(filter: FindingFilter): Condition[] {
  const view = viewOf(filter);
  const text = filter.q === undefined ? undefined : containing(filter.q);
  const isDeletedWanted = view === "all" && filter.status === "soft_deleted";
  const ofView = isDeletedWanted ? [] : VIEWS[view];
  const isByHistory = (filter.target ?? filter.scan ?? filter.newInScan) !== undefined;
  // Text finds fewer than a view has: to look up both and meet in the middle takes longer.
  return [
    ...(text === undefined ? ofView : ofView.map(unindexed)),
    ...(isByHistory ? [] : [ON_LIVE_TARGET]),
    ["EXISTS (SELECT 1 FROM observation o WHERE o.scan_id = ?::uuid AND o.finding_id = f.id)", filter.scan],
    ["f.first_seen_scan_id = ?::uuid", filter.newInScan],
    ...gradeConditions(filter),
    ["f.type = ?", filter.type],
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
  filter: FindingFilter;
  conditions: readonly Condition[];
  orderBy: string;
  limit: number;
}

/** One ordered walk along an index for each: the first of each, and of these the first, are the page. */
interface Walks {
  from: string[];
  /** What a walk is bound to. */
  conditions: Condition[];
}

/** By target, so a small target's page does not depend on what others have. */
const TARGET_WALK = "(SELECT t.id FROM target t";

function walksOf(filter: FindingFilter, values: unknown[]): Walks {
  const walks: Walks = { from: [], conditions: [] };
  const { text: which } = whereAll(targetConditions(filter), values);
  if (isByTarget(filter)) {
    walks.from.push(`${TARGET_WALK} ${which}) t`);
    walks.conditions.push(["f.target_id = t.id"]);
    if (viewOf(filter) === "all" && !filter.status) {
      walks.from.push("(VALUES ('open'::finding_status), ('fixed')) s(status)");
      walks.conditions.push(["f.status = s.status"]);
    }
  } else if (which !== "") walks.conditions.push([`f.target_id IN ${TARGET_WALK} ${which})`]);
  const ranges = filter.sort === "severity" ? rankRanges(filter) : undefined;
  if (ranges) {
    walks.from.push(
      `(VALUES ${ranges.map(([low, high]) => `(${low}::smallint, ${high}::smallint)`)}) r(low, high)`,
    );
    walks.conditions.push(["f.rank BETWEEN r.low AND r.high"]);
  }
  return walks;
}

function fromWalks({ filter, conditions, orderBy, limit }: FindingPage, values: unknown[]): string {
  const walks = walksOf(filter, values);
  const { text } = whereAll([...walks.conditions, ...conditions], values);
  const walk = `SELECT f.* FROM finding f ${text} ORDER BY ${orderBy} LIMIT ${limit}`;
  if (walks.from.length === 0) return walk;
  return `
    SELECT f.* FROM ${walks.from.join(" CROSS JOIN ")} CROSS JOIN LATERAL (${walk}) f
    ORDER BY ${orderBy} LIMIT ${limit}`;
}

/** The few that may be excepted, in order; whether they are is asked of no more than the page needs. */
function fromExceptions({ filter, conditions, orderBy, limit }: FindingPage, values: unknown[]): string {
  const walks = walksOf(filter, values);
  const from = ["finding f", ...walks.from].join(" CROSS JOIN ");
  const { text } = whereAll([...walks.conditions, ...conditions], values);
  return `
    SELECT f.* FROM (SELECT f.* FROM ${from} ${text} ORDER BY ${orderBy} OFFSET 0) f
    WHERE ${unindexed([IS_EXCEPTED])[0]} ORDER BY ${orderBy} LIMIT ${limit}`;
}

/** Text and exceptions lead to the findings themselves, whichever targets they are on. */
function isByTarget(filter: FindingFilter): boolean {
  const { target, project, owner, scan, newInScan, q } = filter;
  const isScoped = (target ?? project ?? owner ?? scan ?? newInScan) !== undefined;
  return isScoped && (q === undefined || target !== undefined) && viewOf(filter) !== "excepted";
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
  const conditions = [...findingConditions(filter), ...(await pluginCondition(sql, filter.plugin))];
  if (page.after) conditions.push(after(page.after));
  const wanted = { filter, conditions, orderBy, limit: page.limit + 1 };
  const values: unknown[] = [];
  const isExcepted = viewOf(filter) === "excepted";
  const found = isExcepted ? fromExceptions(wanted, values) : fromWalks(wanted, values);
  const rows = await sql.query<FindingRow & { sortKey: string }>(
    `SELECT ${findingColumns(KNOWN_EXCEPTED[viewOf(filter)])}, ${key} AS "sortKey" FROM (${found}) f ORDER BY ${orderBy}`,
    values,
  );
  const { items, next } = pageOfRows(rows, page.limit, ({ sortKey, id }) => [sortKey, id]);
  return { items: items.map(({ sortKey: _, ...row }) => findingOf(row)), next };
}

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
  hasNotMoved,
  isBehind,
  keyOfPosition,
  MOVING,
  type MovingColumn,
  movedSince,
  positionOfKey,
  WALK_START,
  type WalkPosition,
} from "./finding-walk.ts";
import { type Condition, containing, type Page, type PageRequest, pageOfRows, whereAll } from "./list.ts";

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

/** Highest first, then newest. Null: by id alone, which never changes. */
const ORDERS: Record<FindingFilter["sort"], MovingColumn | null> = {
  severity: "rank",
  confidence: "confidence_score",
  last_seen: "last_seen_at",
  newest: null,
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

/** What moved since the walk began, and was ahead then. */
function fromMoved(
  { filter, conditions, limit }: FindingPage,
  { column, at }: { column: MovingColumn; at: WalkPosition },
  values: unknown[],
): string {
  const snapshot = `$${values.push(at.snapshot)}`;
  const { text: which } = whereAll(targetConditions(filter), values);
  const { text } = whereAll(
    [
      isBehind("m.value", MOVING[column], at),
      ...(which === "" ? [] : [[`f.target_id IN ${TARGET_WALK} ${which})`] as const]),
      ["f.severity = ?::severity", filter.severity],
      ["f.confidence = ?::confidence", filter.confidence],
      ...conditions,
      ...(viewOf(filter) === "excepted" ? [unindexed([IS_EXCEPTED])] : []),
    ],
    values,
  );
  return `
    SELECT f.*, m.value FROM (${movedSince(column, snapshot)}) m JOIN finding f ON f.id = m.finding_id ${text}
    ORDER BY m.value DESC, f.id DESC LIMIT ${limit}`;
}

function pageSql(filter: FindingFilter, found: Omit<FindingPage, "filter" | "orderBy">, values: unknown[]) {
  const orderBy = ORDERS[filter.sort] ? `f.${ORDERS[filter.sort]} DESC, f.id DESC` : "f.id DESC";
  const from = viewOf(filter) === "excepted" ? fromExceptions : fromWalks;
  return from({ filter, ...found, orderBy }, values);
}

type ListedRow = FindingRow & WalkPosition;

/**
 * Findings by view, filters and order. One that is in the list from the first page to the last is met exactly once,
 * whatever writes do to its severity, its confidence or its last sighting: it is met where it was at the first page. One
 * that comes into the list or leaves it meanwhile is met once at the most.
 */
export async function listFindings(
  sql: Sql,
  filter: FindingFilter,
  page: PageRequest,
): Promise<Page<FindingResource>> {
  const column = ORDERS[filter.sort];
  const at = page.after && positionOfKey(page.after);
  const limit = page.limit + 1;
  const conditions = [...findingConditions(filter), ...(await pluginCondition(sql, filter.plugin))];
  const values: unknown[] = [];
  const select = `SELECT ${findingColumns(KNOWN_EXCEPTED[viewOf(filter)])}, ${WALK_START}`;
  let text: string;
  if (column && at) {
    const still = [...conditions, isBehind(`f.${column}`, MOVING[column], at), hasNotMoved(at)];
    const unmoved = pageSql(filter, { conditions: still, limit }, values);
    const moved = fromMoved({ filter, conditions, limit, orderBy: "" }, { column, at }, values);
    text = `${select}, f.value::text AS value FROM (
      SELECT * FROM ((SELECT f.*, f.${column} AS value FROM (${unmoved}) f) UNION ALL (${moved})) both_kinds
      ORDER BY value DESC, id DESC LIMIT ${limit}) f ORDER BY f.value DESC, f.id DESC`;
  } else {
    const ahead: Condition[] = at ? [["f.id < ?::uuid", at.id]] : [];
    const found = pageSql(filter, { conditions: [...conditions, ...ahead], limit }, values);
    const value = column ? `f.${column}` : "''";
    text = `${select}, ${value}::text AS value FROM (${found}) f ORDER BY ${column ? `${value} DESC, ` : ""}f.id DESC`;
  }
  const rows = await sql.query<ListedRow>(text, values);
  const { items, next } = pageOfRows(rows, page.limit, (row) =>
    keyOfPosition({ ...row, ...(at && startOf(at)) }),
  );
  return {
    items: items.map(({ value: _value, snapshot: _snapshot, startedAt: _at, ...row }) => findingOf(row)),
    next,
  };
}

function startOf({ snapshot, startedAt }: WalkPosition) {
  return { snapshot, startedAt };
}

import type { Sql } from "../sql.ts";

/** Values of the last row's sort columns: where the next page starts. */
export type PageKey = readonly (string | number)[];

export interface PageRequest {
  /** Rows wanted, at least 1. */
  limit: number;
  /** `next` of the page before; absent: the first page. */
  after?: PageKey | undefined;
}

export interface Page<Row> {
  items: Row[];
  /** Null: there is no more. */
  next: PageKey | null;
}

/** A condition with `?` in place of each value. One whose value is undefined does not apply. */
export type Condition = readonly [text: string, ...values: unknown[]];

export interface ListQuery<Row> {
  /** Everything before WHERE. */
  select: string;
  where: readonly Condition[];
  /** Must be unique as a whole, so that no row is met twice and none is missed. */
  orderBy: string;
  /** As `where`: rows after the key. */
  after: (key: PageKey) => Condition;
  keyOf: (row: Row) => PageKey;
}

/** One page by keyset: rows written in the meantime neither repeat nor hide what was there when the first page was read. */
export async function readPage<Row extends object>(
  sql: Sql,
  list: ListQuery<Row>,
  page: PageRequest,
): Promise<Page<Row>> {
  const conditions = page.after ? [...list.where, list.after(page.after)] : list.where;
  const { text, values } = whereAll(conditions);
  const rows = await sql.query<Row>(
    `${list.select} ${text} ORDER BY ${list.orderBy} LIMIT ${page.limit + 1}`,
    values,
  );
  return pageOfRows(rows, page.limit, list.keyOf);
}

/** The page that `rows` begin with, one row more than `limit` telling that there is another. */
export function pageOfRows<Row>(
  rows: readonly Row[],
  limit: number,
  keyOf: (row: Row) => PageKey,
): Page<Row> {
  const items = rows.slice(0, limit);
  const last = rows.length > limit ? items.at(-1) : undefined;
  return { items, next: last ? keyOf(last) : null };
}

/** `WHERE` with all conditions that apply. Their values are added to `values`, as $1, $2 … by their places there. */
export function whereAll(
  conditions: readonly Condition[],
  values: unknown[] = [],
): { text: string; values: unknown[] } {
  const texts = conditions
    .filter(([, ...given]) => !given.includes(undefined))
    .map(([text, ...given]) => {
      const queue = [...given];
      return text.replaceAll("?", () => `$${values.push(queue.shift())}`);
    });
  return { text: texts.length > 0 ? `WHERE ${texts.join(" AND ")}` : "", values };
}

/** Rows by id, newest first: ids are version 7 UUIDs. */
export function newestFirst<Row extends { id: string }>(column: string) {
  return {
    orderBy: `${column} DESC`,
    after: ([id]: PageKey): Condition => [`${column} < ?::uuid`, id],
    keyOf: (row: Row): PageKey => [row.id],
  };
}

/** Rows by id, oldest first. */
export function oldestFirst<Row extends { id: string }>(column: string) {
  return {
    orderBy: column,
    after: ([id]: PageKey): Condition => [`${column} > ?::uuid`, id],
    keyOf: (row: Row): PageKey => [row.id],
  };
}

/** Text that LIKE takes literally, `%` around it. */
export function containing(text: string): string {
  return `%${text.replace(/[\\%_]/g, "\\$&")}%`;
}

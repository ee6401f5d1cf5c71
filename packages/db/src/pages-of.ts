import type { Sql } from "./sql.ts";

/** Small enough that a statement for each page is short, and that the rows take a few MB. */
const PAGE = 2_000;

/**
 * Rows of a query page by page, as they were when the first was read: what is written meanwhile changes none that
 * follow. Belongs in a transaction, one at a time.
 */
export async function* pagesOf<Row extends object>(
  sql: Sql,
  query: string,
  values: readonly unknown[],
): AsyncGenerator<Row[]> {
  await sql.query(`DECLARE pages NO SCROLL CURSOR FOR ${query}`, values);
  for (;;) {
    const rows = await sql.query<Row>(`FETCH ${PAGE} FROM pages`);
    if (rows.length === 0) break;
    yield rows;
  }
  await sql.query("CLOSE pages");
}

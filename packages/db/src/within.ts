import type { Database } from "./database.ts";
import type { Sql } from "./sql.ts";

/** The same database, all of whose work goes into this transaction. */
export function within(database: Database, sql: Sql): Database {
  return { ...database, sql, transaction: (work) => work(sql) };
}

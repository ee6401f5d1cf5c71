import type { Sql } from "./sql.ts";

/** The database's clock, by which what is due is due: those of the processes may be off. */
export async function databaseNow(sql: Sql): Promise<Date> {
  const [row] = await sql.query<{ now: Date }>("SELECT clock_timestamp() AS now");
  if (!row) throw new Error("the database did not tell the time");
  return row.now;
}

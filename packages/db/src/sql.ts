import type pg from "pg";
import type { Prisma } from "./generated/client.ts";

/** Plain SQL on one connection or on any: parameters are `$1`, `$2` …, rows come back as Postgres names them. */
export interface Sql {
  query<Row extends object>(text: string, values?: readonly unknown[]): Promise<Row[]>;
}

export function sqlOfPool(pool: pg.Pool): Sql {
  return {
    query: async <Row extends object>(text: string, values: readonly unknown[] = []) =>
      (await pool.query<Row>(text, [...values])).rows,
  };
}

export function sqlOfClient(client: pg.PoolClient): Sql {
  return {
    query: async <Row extends object>(text: string, values: readonly unknown[] = []) =>
      (await client.query<Row>(text, [...values])).rows,
  };
}

/** Plain SQL within a transaction that Prisma opened. Parameters need a cast (`$1::uuid`): Prisma sends them typed. */
export function sqlOfRecords(records: Pick<Prisma.TransactionClient, "$queryRawUnsafe">): Sql {
  return {
    query: <Row extends object>(text: string, values: readonly unknown[] = []) =>
      records.$queryRawUnsafe<Row[]>(text, ...values),
  };
}

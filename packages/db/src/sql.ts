import { AppError, toError } from "@picket/core";
import type pg from "pg";
import type { Prisma } from "./generated/client.ts";

/** Plain SQL on one connection or on any: parameters are `$1`, `$2` …, rows come back as Postgres names them. */
export interface Sql {
  query<Row extends object>(text: string, values?: readonly unknown[]): Promise<Row[]>;
}

/** A connection of the pool. Throws DATABASE_UNAVAILABLE when none can be had in time. */
export async function connect(pool: pg.Pool): Promise<pg.PoolClient> {
  try {
    return await pool.connect();
  } catch (thrown) {
    const cause = toError(thrown);
    throw new AppError("DATABASE_UNAVAILABLE", `no connection to the database: ${cause.message}`, { cause });
  }
}

export function sqlOfPool(pool: pg.Pool): Sql {
  return {
    async query<Row extends object>(text: string, values: readonly unknown[] = []) {
      const client = await connect(pool);
      let broken: Error | undefined;
      try {
        return (await client.query<Row>(text, [...values])).rows;
      } catch (error) {
        broken = toError(error);
        throw error;
      } finally {
        client.release(broken);
      }
    },
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

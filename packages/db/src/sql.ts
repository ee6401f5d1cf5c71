import { AppError, toError } from "@picket/core";
import type pg from "pg";
import type { Prisma } from "./generated/client.ts";
import { sha256 } from "./sha256.ts";

/** Plain SQL on one connection or on any: parameters are `$1`, `$2` …, rows come back as Postgres names them. */
export interface Sql {
  query<Row extends object>(text: string, values?: readonly unknown[], planned?: Planned): Promise<Row[]>;
}

/**
 * `once`: a connection of the pool reads and plans the statement at its first use only. For statements that are made
 * often and whose best plan stays the same however their tables grow.
 */
export type Planned = "each time" | "once";

/**
 * Lends a connection of the pool. Throws DATABASE_UNAVAILABLE when none can be had in time or when it breaks; whatever
 * was asked of it last may then have been done or not.
 */
export async function withConnection<Result>(
  pool: pg.Pool,
  work: (client: pg.PoolClient, setBroken: (error: Error) => void) => Promise<Result>,
): Promise<Result> {
  const client = await pool.connect().catch((thrown) => {
    throw unavailable("no connection to the database", toError(thrown));
  });
  let broken: Error | undefined;
  const setBroken = (error: Error) => {
    broken ??= error;
  };
  // A lent connection that breaks says so by this event; without a listener it would end the process.
  client.on("error", setBroken);
  try {
    return await work(client, setBroken);
  } catch (error) {
    throw broken ? unavailable("the connection to the database broke", broken) : error;
  } finally {
    client.off("error", setBroken);
    client.release(broken);
  }
}

function unavailable(what: string, cause: Error): AppError {
  return new AppError("DATABASE_UNAVAILABLE", `${what}: ${cause.message}`, { cause });
}

export function sqlOfPool(pool: pg.Pool): Sql {
  return {
    query: (text, values, planned) =>
      withConnection(pool, (client) => sqlOfClient(client).query(text, values, planned)),
  };
}

export function sqlOfClient(client: pg.PoolClient): Sql {
  return {
    query: async <Row extends object>(text: string, values: readonly unknown[] = [], planned?: Planned) => {
      const name = planned === "once" ? { name: sha256(text).slice(0, 32) } : {};
      return (await client.query<Row>({ ...name, text, values: [...values] })).rows;
    },
  };
}

/** Plain SQL within a transaction that Prisma opened. Parameters need a cast (`$1::uuid`): Prisma sends them typed. */
export function sqlOfRecords(records: Pick<Prisma.TransactionClient, "$queryRawUnsafe">): Sql {
  return {
    query: <Row extends object>(text: string, values: readonly unknown[] = []) =>
      records.$queryRawUnsafe<Row[]>(text, ...values),
  };
}

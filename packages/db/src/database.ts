import { AppError } from "@picket/core";
import { PrismaPg } from "@prisma/adapter-pg";
import pg from "pg";
import { PrismaClient } from "./generated/client.ts";
import { type Sql, sqlOfClient, sqlOfPool, sqlOfRecords, withConnection } from "./sql.ts";

export interface DatabaseOptions {
  /** Postgres URL of a login that is a member of the role `picket_app`. */
  url: string;
  /** Connections that this process may hold. Default 10. */
  poolMax?: number;
  /** Shown in pg_stat_activity. */
  applicationName: string;
  /** A statement that runs longer is cancelled, ms. Default 15 000. */
  statementTimeoutMs?: number;
  /** Told of a connection that broke while idle; the pool replaces it by itself. */
  onConnectionLost?: (error: Error) => void;
}

/** Prisma, inside or outside a transaction. */
export type Records = Omit<PrismaClient, "$connect" | "$disconnect" | "$on" | "$transaction" | "$extends">;

/** Both ways to the same rows: Prisma for single records, plain SQL where sets of rows move at once. */
export interface Connection {
  records: Records;
  sql: Sql;
}

/** One pool for both. */
export interface Database extends Connection {
  /** Runs plain SQL in one transaction; rolls back when `work` throws. */
  transaction<Result>(work: (sql: Sql) => Promise<Result>): Promise<Result>;
  /** Runs Prisma and plain SQL in one transaction; rolls back when `work` throws. */
  command<Result>(work: (connection: Connection) => Promise<Result>): Promise<Result>;
  close(): Promise<void>;
}

const CONNECT_TIMEOUT_MS = 5_000;
/** A process that stands still in the middle of a transaction loses its locks after this time, so that others go on. */
const IDLE_IN_TRANSACTION_MS = 5_000;
const TRANSACTION_OPTIONS = { maxWait: 5_000, timeout: 15_000 };

/**
 * Every session takes the role `picket_app`, whoever logs in: what that role may not do, such as change an audit
 * event, the application cannot do even when it was given the owner's URL.
 */
export function createDatabase(options: DatabaseOptions): Database {
  const pool = new pg.Pool({
    connectionString: options.url,
    max: options.poolMax ?? 10,
    connectionTimeoutMillis: CONNECT_TIMEOUT_MS,
    application_name: options.applicationName,
    options: [
      "-c role=picket_app",
      // Statements take milliseconds, and lists are estimated to cost more than they do: compiling them would take longer.
      "-c jit=off",
      `-c statement_timeout=${options.statementTimeoutMs ?? 15_000}`,
      `-c idle_in_transaction_session_timeout=${IDLE_IN_TRANSACTION_MS}`,
    ].join(" "),
  });
  pool.on("error", (error) => options.onConnectionLost?.(error));
  const prisma = new PrismaClient({ adapter: new PrismaPg(pool), transactionOptions: TRANSACTION_OPTIONS });
  return {
    records: prisma,
    sql: sqlOfPool(pool),
    transaction: (work) => inTransaction(pool, work),
    command: (work) => prisma.$transaction((records) => work({ records, sql: sqlOfRecords(records) })),
    async close() {
      await prisma.$disconnect();
      if (!pool.ended) await pool.end();
    },
  };
}

function inTransaction<Result>(pool: pg.Pool, work: (sql: Sql) => Promise<Result>): Promise<Result> {
  return withConnection(pool, async (client, setBroken) => {
    await client.query("BEGIN");
    try {
      const result = await work(sqlOfClient(client));
      await client.query("COMMIT");
      return result;
    } catch (error) {
      await client.query("ROLLBACK").catch(setBroken);
      throw error;
    }
  });
}

/** SQLSTATE classes and codes that mean the server is away, not that the query is wrong (Postgres manual, appendix A). */
const UNAVAILABLE = /^(08|57P0|53)|^(ECONNREFUSED|ECONNRESET|ETIMEDOUT|EPIPE|ENOTFOUND)$/;

/** Codes of an error and of what caused it. Prisma keeps Postgres' own one level down, as `originalCode`. */
function codesOf(error: unknown): string[] {
  if (typeof error !== "object" || error === null) return [];
  const { code, originalCode, cause } = error as Record<string, unknown>;
  return [code, originalCode].filter((value) => typeof value === "string").concat(codesOf(cause));
}

/** Whether the database could not be reached at all. */
export function isUnavailable(error: unknown): boolean {
  return codesOf(error).some((code) => UNAVAILABLE.test(code));
}

/** Throws DATABASE_UNAVAILABLE with what to do unless the database answers, is migrated, and grants what is needed. */
export async function assertReady(database: Database): Promise<void> {
  try {
    await database.sql.query("SELECT 1 FROM audit_event LIMIT 1");
  } catch (cause) {
    throw new AppError("DATABASE_UNAVAILABLE", `the database cannot be used: ${String(cause)}`, {
      hint: readinessHint(codesOf(cause)),
      cause,
    });
  }
}

function readinessHint(codes: readonly string[]): string {
  if (codes.includes("42P01") || codes.includes("22023"))
    return "Apply the migrations first: npm run db -- migrate deploy.";
  if (codes.includes("42501"))
    return "The login must be a member of the role picket_app: GRANT picket_app TO <login>.";
  return "Check DATABASE_URL and that Postgres is running and reachable.";
}

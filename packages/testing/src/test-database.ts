import { randomBytes } from "node:crypto";
import pg from "pg";
import { testService } from "./environment.ts";
import { waitFor } from "./wait-for.ts";

export type TestDatabase = {
  /** As the role that owns the tables and may do everything to them. */
  ownerUrl: string;
  /** As a login that is a member of `picket_app`: what the API and the workers may do. */
  appUrl: string;
  /** Drops the database, also when connections are still open. */
  drop(): Promise<void>;
};

/** A migrated, empty database of its own (about 50 ms). */
export async function createTestDatabase(): Promise<TestDatabase> {
  const name = `picket_test_${randomBytes(6).toString("hex")}`;
  const template = new URL(testService("OWNER_URL")).pathname.slice(1);
  await runAsOwner(`CREATE DATABASE ${name} TEMPLATE ${template}`);
  return {
    ownerUrl: withDatabase(testService("OWNER_URL"), name),
    appUrl: withDatabase(testService("APP_URL"), name),
    drop: () => drop(name),
  };
}

/** Refused for the moment that an autovacuum worker, which only a superuser may end, is in the database. */
async function drop(name: string): Promise<void> {
  const dropped = () => runAsOwner(`DROP DATABASE IF EXISTS ${name} WITH (FORCE)`).then(() => true);
  await waitFor(dropped, { timeoutMs: 20_000, intervalMs: 200, what: `the end of database ${name}` });
}

function withDatabase(connectionString: string, database: string): string {
  const url = new URL(connectionString);
  url.pathname = `/${database}`;
  return url.href;
}

/** Connects to another database than the template: Postgres copies only one that nobody uses. */
async function runAsOwner(sql: string): Promise<void> {
  const client = new pg.Client({ connectionString: withDatabase(testService("OWNER_URL"), "postgres") });
  await client.connect();
  try {
    await client.query(sql);
  } finally {
    await client.end();
  }
}

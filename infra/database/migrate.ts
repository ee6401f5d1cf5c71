import { createHash } from "node:crypto";
import { readdir, readFile } from "node:fs/promises";
import { join } from "node:path";
import pg from "pg";
import { ROOT, runPrisma } from "./prisma-cli.ts";

const MIGRATIONS = join(ROOT, "prisma/migrations");

/**
 * Applies what `prisma/migrations` has and the database has not. Starts Prisma (about 1 s) only when there is
 * something to do. Throws with Prisma's own message.
 */
export async function migrate(ownerUrl: string): Promise<void> {
  if (await isCurrent(ownerUrl)) return;
  const { code, output } = await runPrisma(["migrate", "deploy"], { ownerUrl });
  if (code !== 0) throw new Error(`the database could not be migrated:\n${output}`);
}

/** True when exactly the migrations in the folder are applied, with unchanged text. */
async function isCurrent(ownerUrl: string): Promise<boolean> {
  const [wanted, applied] = await Promise.all([migrationsInFolder(), appliedMigrations(ownerUrl)]);
  return wanted.join("\n") === applied.join("\n");
}

async function migrationsInFolder(): Promise<string[]> {
  const entries = await readdir(MIGRATIONS, { withFileTypes: true });
  const folders = entries.filter((entry) => entry.isDirectory()).map((entry) => entry.name);
  return Promise.all(
    folders.sort().map(async (name) => {
      const sql = await readFile(join(MIGRATIONS, name, "migration.sql"));
      return `${name} ${createHash("sha256").update(sql).digest("hex")}`;
    }),
  );
}

async function appliedMigrations(ownerUrl: string): Promise<string[]> {
  const client = new pg.Client({ connectionString: ownerUrl });
  await client.connect();
  try {
    const table = await client.query("SELECT to_regclass('_prisma_migrations') AS name");
    if (table.rows[0]?.name === null) return [];
    const { rows } = await client.query(
      `SELECT migration_name || ' ' || checksum AS line, finished_at FROM _prisma_migrations
       WHERE rolled_back_at IS NULL ORDER BY migration_name`,
    );
    return rows.map((row) => (row.finished_at ? row.line : `${row.line} unfinished`));
  } finally {
    await client.end();
  }
}

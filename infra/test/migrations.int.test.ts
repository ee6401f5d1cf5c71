import { cp, mkdir, mkdtemp, readdir, rm, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { afterAll, beforeAll, describe, expect, it, jest } from "@jest/globals";
import pg from "pg";
import { migrate } from "../database/migrate.ts";
import { ROOT, runPrisma } from "../database/prisma-cli.ts";
import { type PostgresService, startPostgres } from "../services/postgres.ts";
import { scratchFolder } from "./services.ts";

// Each call of Prisma takes a second, more on a busy machine.
jest.setTimeout(90_000);

let postgres: PostgresService;
let client: pg.Client;

beforeAll(async () => {
  postgres = await startPostgres({ dataDir: await scratchFolder("migrations"), ephemeral: true });
  client = new pg.Client({ connectionString: withDatabase("postgres") });
  await client.connect();
});

afterAll(async () => {
  await client.end();
  await postgres.stop();
});

function withDatabase(name: string): string {
  const url = new URL(postgres.ownerUrl);
  url.pathname = `/${name}`;
  return url.href;
}

async function emptyDatabase(name: string): Promise<string> {
  await client.query(`CREATE DATABASE ${name}`);
  return withDatabase(name);
}

async function rows(connectionString: string, sql: string): Promise<unknown[]> {
  const other = new pg.Client({ connectionString });
  await other.connect();
  try {
    return (await other.query(sql)).rows;
  } finally {
    await other.end();
  }
}

const HISTORY = "SELECT migration_name, started_at FROM _prisma_migrations ORDER BY 1";

async function migrationNames(): Promise<string[]> {
  const entries = await readdir(join(ROOT, "prisma/migrations"), { withFileTypes: true });
  return entries
    .filter((entry) => entry.isDirectory())
    .map((entry) => entry.name)
    .sort();
}

/** A `prisma` folder of its own, inside the repository so that its configuration finds Prisma. */
async function prismaFolder(migrations: readonly string[]): Promise<string> {
  await mkdir(join(ROOT, ".data"), { recursive: true });
  const folder = await mkdtemp(join(ROOT, ".data/migrations-test-"));
  const kept = ["schema", "prisma.config.ts", "migrations/migration_lock.toml"];
  for (const path of [...kept, ...migrations.map((name) => `migrations/${name}`)])
    await cp(join(ROOT, "prisma", path), join(folder, path), { recursive: true });
  return folder;
}

describe("migrations", () => {
  it("build an empty database, and change nothing when run again", async () => {
    const ownerUrl = await emptyDatabase("from_empty");
    await migrate(ownerUrl);
    const history = await rows(ownerUrl, HISTORY);
    expect(history.length).toBe((await migrationNames()).length);

    await migrate(ownerUrl);
    const again = await runPrisma(["migrate", "deploy"], { ownerUrl });

    expect(again).toMatchObject({ code: 0, output: expect.stringContaining("No pending migrations") });
    expect(await rows(ownerUrl, HISTORY)).toEqual(history);
  });

  it("give the tables that prisma/schema describes", async () => {
    const ownerUrl = await emptyDatabase("drift");
    await migrate(ownerUrl);
    const drift = () =>
      runPrisma(
        ["migrate", "diff", "--from-config-datasource", "--to-schema", "prisma/schema", "--exit-code"],
        {
          ownerUrl,
        },
      );
    expect(await drift()).toMatchObject({ code: 0, output: expect.stringContaining("No difference") });

    await rows(ownerUrl, "ALTER TABLE target ADD COLUMN unknown_to_schema int");

    expect(await drift()).toMatchObject({ code: 2, output: expect.stringContaining("unknown_to_schema") });
  });

  it("can be stamped on a database that already has the tables", async () => {
    const ownerUrl = await emptyDatabase("stamped");
    const first = (await migrationNames()).slice(0, 2);
    const folder = await prismaFolder(first);
    expect(await runPrisma(["migrate", "deploy"], { ownerUrl, folder })).toMatchObject({ code: 0 });
    await rows(ownerUrl, "DROP TABLE _prisma_migrations");
    await expect(migrate(ownerUrl)).rejects.toThrow("P3005");

    for (const name of first) {
      const stamped = await runPrisma(["migrate", "resolve", "--applied", name], { ownerUrl });
      expect(stamped).toMatchObject({ code: 0 });
    }

    await migrate(ownerUrl);
    const status = await runPrisma(["migrate", "status"], { ownerUrl });
    expect(status).toMatchObject({ code: 0, output: expect.stringContaining("up to date") });
    await rm(folder, { recursive: true });
  });

  it("leave nothing behind when one fails in the middle", async () => {
    const ownerUrl = await emptyDatabase("half");
    const folder = await prismaFolder(await migrationNames());
    await mkdir(join(folder, "migrations/99991231000000_broken"));
    const sql = "CREATE TABLE half_done (id int);\nSELECT no_such_function();\n";
    await writeFile(join(folder, "migrations/99991231000000_broken/migration.sql"), sql);

    const result = await runPrisma(["migrate", "deploy"], { ownerUrl, folder });

    expect(result).toMatchObject({ code: 1, output: expect.stringContaining("no_such_function") });
    expect(await rows(ownerUrl, "SELECT to_regclass('half_done') AS name")).toEqual([{ name: null }]);
    await rm(folder, { recursive: true });
  });
});

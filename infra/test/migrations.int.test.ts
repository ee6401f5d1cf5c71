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

/** Each migration is stamped by a Prisma of its own, whose start takes 1 to 5 s as the machine is idle or busy. */
const STAMPING_MS = 300_000;

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

  it(
    "can be stamped on a database that already has the tables",
    async () => {
      const ownerUrl = await emptyDatabase("stamped");
      await migrate(ownerUrl);
      await rows(ownerUrl, "DROP TABLE _prisma_migrations");
      await expect(migrate(ownerUrl)).rejects.toThrow("P3005");

      for (const name of await migrationNames()) {
        expect(await runPrisma(["migrate", "resolve", "--applied", name], { ownerUrl })).toMatchObject({
          code: 0,
        });
      }

      await migrate(ownerUrl);
      const status = await runPrisma(["migrate", "status"], { ownerUrl });
      expect(status).toMatchObject({ code: 0, output: expect.stringContaining("up to date") });
    },
    STAMPING_MS,
  );

  it("leave nothing behind when one fails in the middle", async () => {
    const ownerUrl = await emptyDatabase("half");
    // Inside the repository, so that the configuration finds Prisma.
    await mkdir(join(ROOT, ".data"), { recursive: true });
    const folder = await mkdtemp(join(ROOT, ".data/migrations-test-"));
    await cp(join(ROOT, "prisma/migrations"), join(folder, "migrations"), { recursive: true });
    await mkdir(join(folder, "migrations/99991231000000_broken"));
    const sql = "CREATE TABLE half_done (id int);\nSELECT no_such_function();\n";
    await writeFile(join(folder, "migrations/99991231000000_broken/migration.sql"), sql);
    await cp(join(ROOT, "prisma/schema"), join(folder, "schema"), { recursive: true });
    await cp(join(ROOT, "prisma/prisma.config.ts"), join(folder, "prisma.config.ts"));

    const result = await runPrisma(["migrate", "deploy"], { ownerUrl, folder });

    expect(result).toMatchObject({ code: 1, output: expect.stringContaining("no_such_function") });
    expect(await rows(ownerUrl, "SELECT to_regclass('half_done') AS name")).toEqual([{ name: null }]);
    await rm(folder, { recursive: true });
  });
});

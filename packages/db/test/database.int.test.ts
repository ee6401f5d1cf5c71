import { setTimeout as sleep } from "node:timers/promises";
import { afterAll, beforeAll, describe, expect, it } from "@jest/globals";
import { createTestDatabase, type TestDatabase } from "@picket/testing";
import { createDatabase, type Database } from "../src/database.ts";

let test: TestDatabase;
let database: Database;
let other: Database;

beforeAll(async () => {
  test = await createTestDatabase();
  database = createDatabase({ url: test.appUrl, applicationName: "test", poolMax: 2 });
  other = createDatabase({ url: test.appUrl, applicationName: "other", poolMax: 1 });
});
afterAll(async () => {
  await Promise.all([database.close(), other.close()]);
  await test.drop();
});

describe("a transaction", () => {
  it("whose connection breaks between two queries fails, and nothing else does", async () => {
    const broken = database.transaction(async (sql) => {
      const [own] = await sql.query<{ pid: number }>("SELECT pg_backend_pid() AS pid");
      await other.sql.query("SELECT pg_terminate_backend($1)", [own?.pid]);
      // Time for the news to arrive while no query is under way.
      await sleep(100);
      await sql.query("SELECT 1");
    });
    await expect(broken).rejects.toThrow();
    expect(await database.transaction((sql) => sql.query("SELECT 1 AS one"))).toEqual([{ one: 1 }]);
  });

  it("is rolled back when its work throws", async () => {
    const failed = database.transaction(async (sql) => {
      await sql.query("INSERT INTO project (id, name) VALUES (gen_random_uuid(), 'gone')");
      throw new Error("no");
    });
    await expect(failed).rejects.toThrow("no");
    expect(await database.sql.query("SELECT 1 FROM project")).toEqual([]);
  });
});

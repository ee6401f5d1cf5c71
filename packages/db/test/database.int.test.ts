import { setTimeout as sleep } from "node:timers/promises";
import { describe, expect, it } from "@jest/globals";
import { useDatabase } from "./use-database.ts";

const { database } = await useDatabase({ poolMax: 2 });

it("compiles no statement, whatever it is estimated to cost", async () => {
  expect(await database.sql.query("SHOW jit")).toEqual([{ jit: "off" }]);
});

describe("a transaction", () => {
  it("whose connection breaks between two queries fails, and nothing else does", async () => {
    const broken = database.transaction(async (sql) => {
      await sql.query("SET LOCAL idle_in_transaction_session_timeout = '20ms'");
      await sleep(300);
      await sql.query("SELECT 1");
    });
    await expect(broken).rejects.toThrow(/idle-in-transaction|not queryable/);
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

import { spawn } from "node:child_process";
import { once } from "node:events";
import { describe, expect, it } from "@jest/globals";
import { Redis } from "ioredis";
import pg from "pg";
import { assertNoLeakedProcesses } from "../src/leaked-processes.ts";
import { createTestBucket } from "../src/test-bucket.ts";
import { createTestDatabase } from "../src/test-database.ts";
import { createTestRedis, startPrivateRedis } from "../src/test-redis.ts";

async function query(connectionString: string, sql: string): Promise<unknown[]> {
  const client = new pg.Client({ connectionString });
  await client.connect();
  try {
    return (await client.query(sql)).rows;
  } finally {
    await client.end();
  }
}

describe("test database", () => {
  it("is migrated, its own, and gone after drop", async () => {
    const [one, two] = await Promise.all([createTestDatabase(), createTestDatabase()]);
    await query(one.ownerUrl, "CREATE TABLE only_here (id int)");

    const migrations = await query(two.ownerUrl, "SELECT 1 FROM _prisma_migrations");
    expect(migrations.length).toBeGreaterThan(0);
    await expect(query(two.ownerUrl, "SELECT * FROM only_here")).rejects.toThrow("does not exist");

    await Promise.all([one.drop(), two.drop()]);
    await expect(query(one.ownerUrl, "SELECT 1")).rejects.toThrow("does not exist");
  });

  it("gives the application a role that may not change tables", async () => {
    const database = await createTestDatabase();
    const rows = await query(database.appUrl, "SELECT pg_has_role('picket_app', 'member') AS member");
    expect(rows).toEqual([{ member: true }]);
    await expect(query(database.appUrl, "DROP TABLE scan")).rejects.toThrow("must be owner");
    await database.drop();
  });
});

describe("test Redis", () => {
  it("keeps tests apart and empties only its own database", async () => {
    const [one, two] = await Promise.all([createTestRedis(), createTestRedis()]);
    const client = new Redis(two.url);
    await client.set("key", "kept");
    await one.flush();
    expect(await client.get("key")).toBe("kept");
    await client.quit();
    await Promise.all([one.close(), two.close()]);
  });

  it("can be a server of its own that leaves no process behind", async () => {
    const redis = await startPrivateRedis();
    await expect(assertNoLeakedProcesses({ timeoutMs: 100 })).rejects.toThrow("redis-server");
    await redis.stop();
    await assertNoLeakedProcesses();
  });
});

describe("test bucket", () => {
  it("exists and is empty", async () => {
    const { endpoint, bucket } = await createTestBucket();
    const listing = await (await fetch(`${endpoint}/${bucket}?list-type=2`)).text();
    expect(listing).toContain("<KeyCount>0</KeyCount>");
  });
});

describe("assertNoLeakedProcesses", () => {
  it("names a child that still runs", async () => {
    const child = spawn("sleep", ["30"]);
    await expect(assertNoLeakedProcesses({ timeoutMs: 100 })).rejects.toThrow("sleep 30");
    child.kill();
    await once(child, "exit");
    await assertNoLeakedProcesses();
  });
});

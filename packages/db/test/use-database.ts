import { afterAll } from "@jest/globals";
import { createTestDatabase, type TestDatabase } from "@picket/testing";
import { createDatabase, type Database } from "../src/database.ts";
import { type OwnerConnection, ownerConnection } from "./owner.ts";

export interface OpenDatabase extends TestDatabase {
  /** As the application's role. */
  database: Database;
  owner: OwnerConnection;
}

interface PoolOptions {
  poolMax?: number;
}

/** A migrated, empty database of its own; `drop` closes both connections too. */
export async function openDatabase(pool: PoolOptions = {}): Promise<OpenDatabase> {
  const test = await createTestDatabase();
  const database = createDatabase({ url: test.appUrl, applicationName: "test", ...pool });
  const owner = ownerConnection(test.ownerUrl);
  return {
    ...test,
    database,
    owner,
    async drop() {
      await Promise.all([owner.end(), database.close()]);
      await test.drop();
    },
  };
}

/** A database for the tests of a file. It is dropped after the last of them. */
export async function useDatabase(pool?: PoolOptions): Promise<Omit<OpenDatabase, "drop">> {
  const { drop, ...open } = await openDatabase(pool);
  afterAll(drop);
  return open;
}

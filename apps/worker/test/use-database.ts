import { afterAll } from "@jest/globals";
import { createDatabase, type Database } from "@picket/db";
import { createTestDatabase } from "@picket/testing";

/** A migrated, empty database for the tests of a file, as the application's role. Dropped after the last of them. */
export async function useDatabase(): Promise<Database> {
  const test = await createTestDatabase();
  const database = createDatabase({ url: test.appUrl, applicationName: "test" });
  afterAll(async () => {
    await database.close();
    await test.drop();
  });
  return database;
}

import { defineConfig } from "prisma/config";

/** Migrations need the role that owns the tables; the application's role may not change them. */
const url = process.env.DATABASE_OWNER_URL ?? process.env.DATABASE_URL;

export default defineConfig({
  schema: "schema",
  migrations: { path: "migrations" },
  ...(url ? { datasource: { url } } : {}),
});

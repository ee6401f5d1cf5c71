export * from "./audit/audit-store.ts";
export * from "./audit/audit-verify.ts";
export * from "./database.ts";
export type { Prisma } from "./generated/client.ts";
export { type Sql, sqlOfRecords } from "./sql.ts";

export * from "./audit/audit-store.ts";
export * from "./audit/audit-verify.ts";
export * from "./database.ts";
export type { Prisma } from "./generated/client.ts";
export * from "./plugins/plugin-store.ts";
export type { ModuleConfig, ScanSettings, SettingIssue } from "./scans/module-config.ts";
export * from "./scans/plan-scan.ts";
export * from "./scans/request-scan-cancel.ts";
export { type Sql, sqlOfRecords } from "./sql.ts";

export * from "./access/run-once.ts";
export * from "./access/token-store.ts";
export * from "./audit/audit-store.ts";
export * from "./audit/audit-verify.ts";
export * from "./auth/auth-profile-store.ts";
export { createKeyRing, type KeyRing } from "./auth/key-ring.ts";
export { rotateKeys } from "./auth/rotate-keys.ts";
export * from "./changes/baseline-store.ts";
export * from "./changes/change-facts.ts";
export * from "./changes/change-store.ts";
export * from "./changes/coverage-store.ts";
export * from "./database.ts";
export * from "./exceptions/exception-store.ts";
export * from "./exceptions/exception-upkeep.ts";
export type { Prisma } from "./generated/client.ts";
export { mergeFinding, splitFinding, undoOverride } from "./identity/override-store.ts";
export { rekeyTarget, targetsWithOtherKeys } from "./identity/rekey.ts";
export { learnRoutes } from "./identity/route-store.ts";
export { type KeyedFinding, lockIdentity } from "./identity/target-identity.ts";
export {
  type FetchReference,
  fetchesOfScan,
  type RecordedAnswer,
  recallableFetches,
  recordedAnswer,
} from "./ingest/fetch-store.ts";
export { importEndpoints } from "./ingest/import-store.ts";
export * from "./ingest/keys.ts";
export type * from "./ingest/result-batch.ts";
export * from "./ingest/store-results.ts";
export { paceFacts, storePaceChange } from "./pace/pace-store.ts";
export * from "./plugins/plugin-store.ts";
export * from "./projects/project-store.ts";
export * from "./rechecks/recheck-conclusion.ts";
export * from "./rechecks/recheck-store.ts";
export { abandonScan } from "./scans/abandon-scan.ts";
export { type AdmittedRun, admitRuns, registerWorker, unregisterWorker } from "./scans/admission-store.ts";
export * from "./scans/assess-store.ts";
export type { Attempt } from "./scans/fence.ts";
export type { ModuleConfig, ScanSettings, SettingIssue } from "./scans/module-config.ts";
export * from "./scans/module-run-store.ts";
export {
  type AuthProfileVersion,
  planScan,
  REPLAY_DIGEST,
  type ScanPlan,
  scopeRules,
} from "./scans/plan-scan.ts";
export * from "./scans/request-scan-cancel.ts";
export * from "./scans/scan-session.ts";
export * from "./scans/scan-store.ts";
export { endUnofferedRuns, replanOvertakenScans } from "./scans/unoffered-runs.ts";
export * from "./schedules/schedule-store.ts";
export { DUE_CHECK_MS, startDue } from "./schedules/start-due.ts";
export * from "./scope/scope-store.ts";
export type { Sql } from "./sql.ts";
export * from "./targets/target-store.ts";
export * from "./views/audit-view.ts";
export * from "./views/auth-profile-view.ts";
export * from "./views/change-view.ts";
export * from "./views/component-view.ts";
export * from "./views/coverage-view.ts";
export * from "./views/diff-view.ts";
export * from "./views/endpoint-view.ts";
export * from "./views/evidence-view.ts";
export * from "./views/exception-view.ts";
export * from "./views/fetch-view.ts";
export * from "./views/finding-list-view.ts";
export * from "./views/finding-view.ts";
export { forgetMoves } from "./views/finding-walk.ts";
export * from "./views/identity-view.ts";
export type { Page, PageKey, PageRequest } from "./views/list.ts";
export * from "./views/module-run-view.ts";
export * from "./views/pace-view.ts";
export * from "./views/project-view.ts";
export * from "./views/recheck-view.ts";
export * from "./views/regression-view.ts";
export * from "./views/scan-progress-view.ts";
export * from "./views/scan-view.ts";
export * from "./views/schedule-view.ts";
export * from "./views/scope-view.ts";
export * from "./views/target-view.ts";
export * from "./views/token-view.ts";
export { listWorkers } from "./views/worker-view.ts";

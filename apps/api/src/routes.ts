import { AUDIT_ROUTES } from "./audit/audit-routes.ts";
import { AUTH_PROFILE_ROUTES } from "./auth-profiles/auth-profile-routes.ts";
import { COMPONENT_ROUTES } from "./components/component-routes.ts";
import { ENDPOINT_ROUTES } from "./endpoints/endpoint-routes.ts";
import { EVIDENCE_ROUTES } from "./evidence/evidence-routes.ts";
import { EXCEPTION_ROUTES } from "./exceptions/exception-routes.ts";
import { FETCH_ROUTES } from "./fetches/fetch-routes.ts";
import { FINDING_ROUTES } from "./findings/finding-routes.ts";
import type { Route } from "./http/route.ts";
import { IDENTITY_ROUTES } from "./identity/identity-routes.ts";
import { IMPORT_ROUTES } from "./imports/import-routes.ts";
import { DOCS_ROUTES } from "./platform/docs-routes.ts";
import { PLATFORM_ROUTES } from "./platform/platform-routes.ts";
import { PLUGIN_ROUTES } from "./plugins/plugin-routes.ts";
import { PROJECT_ROUTES } from "./projects/project-routes.ts";
import { RECHECK_ROUTES } from "./rechecks/recheck-routes.ts";
import { SCAN_ROUTES } from "./scans/scan-routes.ts";
import { SCHEDULE_ROUTES } from "./schedules/schedule-routes.ts";
import { SCOPE_ROUTES } from "./scope/scope-routes.ts";
import { TARGET_ROUTES } from "./targets/target-routes.ts";
import { TOKEN_ROUTES } from "./tokens/token-routes.ts";
import { WORKER_ROUTES } from "./workers/worker-routes.ts";

/** Everything the API answers, Bull Board aside. */
export const ROUTES: readonly Route[] = [
  ...PROJECT_ROUTES,
  ...TARGET_ROUTES,
  ...IMPORT_ROUTES,
  ...SCOPE_ROUTES,
  ...AUTH_PROFILE_ROUTES,
  ...SCAN_ROUTES,
  ...ENDPOINT_ROUTES,
  ...FETCH_ROUTES,
  ...FINDING_ROUTES,
  ...RECHECK_ROUTES,
  ...SCHEDULE_ROUTES,
  ...IDENTITY_ROUTES,
  ...EVIDENCE_ROUTES,
  ...COMPONENT_ROUTES,
  ...EXCEPTION_ROUTES,
  ...AUDIT_ROUTES,
  ...PLUGIN_ROUTES,
  ...WORKER_ROUTES,
  ...TOKEN_ROUTES,
  ...PLATFORM_ROUTES,
  ...DOCS_ROUTES,
];

export type { ApiConfig, CallbackConfig, WorkerConfig } from "./config.ts";
export { configSecrets } from "./config-secrets.ts";
export { loadApiConfig, loadCallbackConfig, loadCliConfig, loadWorkerConfig } from "./load.ts";
export { platformEndpoints, resolveEndpoints } from "./platform-endpoints.ts";
export { settingsTable } from "./settings-table.ts";

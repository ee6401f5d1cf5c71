export { detectIsolation, type Isolation } from "./isolation.ts";
export type { LoadedPlugin, LoadedPlugins, RefusedPlugin } from "./load-plugins.ts";
export type { ModuleRunResult, PluginPorts, RunRequest } from "./plugin-ports.ts";
export { createPluginRunner, type PluginRunner } from "./plugin-runner.ts";

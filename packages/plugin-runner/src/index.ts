export type { DescribedPlugin } from "./describe-plugin.ts";
export { detectIsolation, type Isolation, type IsolationOptions } from "./isolation.ts";
export type { LoadedPlugin, LoadedPlugins, RefusedPlugin } from "./load-plugins.ts";
export type { ExpectedPlugin, ModuleRunResult, PluginPorts, RunRequest } from "./plugin-ports.ts";
export { createPluginRunner, type PluginRunner, type PluginRunnerOptions } from "./plugin-runner.ts";

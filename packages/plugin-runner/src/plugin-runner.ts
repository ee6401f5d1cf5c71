import { type BundlePlaces, bundleTogether } from "./bundle-plugin.ts";
import { type DescribedPlugin, describePlugin } from "./describe-plugin.ts";
import type { Isolation } from "./isolation.ts";
import { type LoadedPlugins, loadPlugins } from "./load-plugins.ts";
import type { ModuleRunResult, PluginPorts, RunRequest } from "./plugin-ports.ts";
import { runPlugin } from "./run-plugin.ts";

export interface PluginRunner {
  /** Bundles the plugin in `dir` and asks it for its manifest, in the sandbox. Throws INVALID_PLUGIN. */
  describe(dir: string): Promise<DescribedPlugin>;
  /** Describes every plugin in the sub-folders of `parents`. */
  load(parents: readonly string[]): Promise<LoadedPlugins>;
  /** Runs a plugin once in a fresh process. Aborting `signal` cancels it. */
  run(request: RunRequest, ports: PluginPorts, signal: AbortSignal): Promise<ModuleRunResult>;
}

/** `cacheDir`: the folder that the isolation was detected with. */
export interface PluginRunnerOptions extends BundlePlaces {
  isolation: Isolation;
}

/** The parent's side of every plugin process. It holds no state: any number of runs may go on at once. */
export function createPluginRunner({ isolation, ...places }: PluginRunnerOptions): PluginRunner {
  const { launcher } = isolation;
  return {
    describe: (dir) => describePlugin(launcher, dir, places),
    load: (parents) =>
      loadPlugins(parents, {
        bundle: (dirs, parent) => bundleTogether(dirs, parent, places),
        describe: (dir, bundle) => describePlugin(launcher, dir, places, bundle),
      }),
    run: (request, ports, signal) => runPlugin(launcher, request, ports, signal),
  };
}

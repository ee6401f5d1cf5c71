import { readdir } from "node:fs/promises";
import { join, resolve } from "node:path";
import { AppError, toAppError } from "@picket/core";
import { mapInOrder } from "@picket/plugin-sdk";
import { type Bundle, tryFindPluginFile } from "./bundle-plugin.ts";
import type { DescribedPlugin } from "./describe-plugin.ts";

export interface LoadedPlugin extends DescribedPlugin {
  dir: string;
}

/** A plugin that does not load, and why. The others load all the same. */
export interface RefusedPlugin {
  dir: string;
  file: string;
  reason: string;
}

export interface LoadedPlugins {
  /** By name. */
  usable: LoadedPlugin[];
  refused: RefusedPlugin[];
}

/** How plugins are made ready: all of a folder are bundled together, then each describes itself. */
export interface PluginLoader {
  /** Bundles by folder; a plugin without one is bundled when it is described. */
  bundle(dirs: readonly string[], parent: string): Promise<ReadonlyMap<string, Bundle>>;
  describe(dir: string, bundle: Bundle | undefined): Promise<DescribedPlugin>;
}

async function pluginFolders(parent: string): Promise<string[]> {
  const entries = await readdir(parent, { withFileTypes: true }).catch((cause: Error) => {
    throw new AppError("INVALID_CONFIG", `no plugin folder ${parent}: ${cause.message}`, {
      hint: "Name a folder whose sub-folders each hold one plugin.",
      cause,
    });
  });
  const folders = entries.filter((entry) => !entry.isFile()).map(({ name }) => join(parent, name));
  return folders.filter((folder) => tryFindPluginFile(folder) !== null).sort();
}

/** Plugins that are bundled and asked at once: enough for the few processors of a worker. */
const DESCRIBED_AT_ONCE = 4;

function refusalOf(dir: string, thrown: unknown): RefusedPlugin {
  const error = toAppError(thrown);
  if (error.code !== "INVALID_PLUGIN") throw error;
  const { file, reason } = error.details ?? {};
  return { dir, file: String(file ?? dir), reason: String(reason ?? error.message) };
}

function takenName(dir: string, { manifest, dir: owner }: LoadedPlugin): RefusedPlugin {
  return {
    dir,
    file: tryFindPluginFile(dir) ?? dir,
    reason: `the name ${manifest.name} is taken by ${owner}`,
  };
}

/**
 * Describes the plugin in each sub-folder of `parents` that has a plugin file; sub-folders without one are passed over.
 * Of two plugins with one name the first is kept. Throws only when a parent folder is not there or the platform itself
 * fails.
 */
export async function loadPlugins(
  parents: readonly string[],
  { bundle, describe }: PluginLoader,
): Promise<LoadedPlugins> {
  const loaded = new Map<string, LoadedPlugin>();
  const refused: RefusedPlugin[] = [];
  for (const parent of parents.map((one) => resolve(one))) {
    const dirs = await pluginFolders(parent);
    const bundles = await bundle(dirs, parent);
    const described = mapInOrder(dirs, DESCRIBED_AT_ONCE, async (dir) => ({
      dir,
      plugin: await describe(dir, bundles.get(dir)).catch((error: unknown) => refusalOf(dir, error)),
    }));
    for await (const { dir, plugin } of described) {
      const known = "manifest" in plugin && loaded.get(plugin.manifest.name);
      if (!("manifest" in plugin)) refused.push(plugin);
      else if (known) refused.push(takenName(dir, known));
      else loaded.set(plugin.manifest.name, { ...plugin, dir });
    }
  }
  const usable = [...loaded.values()].sort((a, b) => (a.manifest.name < b.manifest.name ? -1 : 1));
  return { usable, refused };
}

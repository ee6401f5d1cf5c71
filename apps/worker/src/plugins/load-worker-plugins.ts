import { existsSync } from "node:fs";
import { basename, join, resolve } from "node:path";
import type { WorkerConfig } from "@picket/config";
import { AppError } from "@picket/core";
import type { OfferedRelease } from "@picket/db";
import type { Logger } from "@picket/logging";
import { createPluginRunner, detectIsolation, type LoadedPlugin } from "@picket/plugin-runner";
import type { WorkerPlugins } from "../worker-deps.ts";

const BUILT_IN = resolve(import.meta.dirname, "../../../../packages/plugins");

/**
 * Proves the sandbox and loads every plugin in it. A built-in plugin that does not load is left out, with an error in
 * the log; one in a folder that the operator named throws INVALID_PLUGIN. Throws ISOLATION_UNAVAILABLE too.
 */
export async function loadWorkerPlugins(
  config: Pick<WorkerConfig, "pluginCacheDir" | "pluginDataDir" | "pluginDirs" | "isolationMinimum">,
  logger: Logger,
): Promise<WorkerPlugins> {
  const cacheDir = resolve(config.pluginCacheDir);
  const isolation = await detectIsolation({ cacheDir, minimum: config.isolationMinimum });
  for (const weakness of isolation.weaknesses)
    logger.warn("isolation is weaker than it could be", { weakness });
  const dataDir = config.pluginDataDir && resolve(config.pluginDataDir);
  const runner = createPluginRunner({ isolation, cacheDir, dataDir });
  const own = config.pluginDirs.map((dir) => resolve(dir));
  const { usable, refused } = await runner.load([BUILT_IN, ...own]);
  for (const { dir, file, reason } of refused) {
    if (dataDir && existsSync(join(dataDir, basename(dir)))) throw dataRefusal(dataDir, dir, reason);
    if (!isBuiltIn(dir)) throw refusal(file, reason);
    logger.error("built-in plugin refused", { file, reason });
  }
  return {
    runner,
    isolationLevel: isolation.level,
    byDigest: new Map(usable.map((plugin) => [plugin.codeDigest, plugin])),
  };
}

function isBuiltIn(dir: string): boolean {
  return dir.startsWith(`${BUILT_IN}/`);
}

function refusal(file: string, reason: string): AppError {
  return new AppError("INVALID_PLUGIN", `plugin refused: ${file}: ${reason}`, {
    hint: "Mend the plugin, or take its folder out of PLUGIN_DIRS.",
    details: { file, reason },
  });
}

function dataRefusal(dataDir: string, dir: string, reason: string): AppError {
  const name = basename(dir);
  return new AppError("INVALID_CONFIG", `${name} does not load with the data in ${dataDir}: ${reason}`, {
    hint: `Correct the files in ${join(dataDir, name)}, or take them out: the plugin has data of its own.`,
    details: { folder: join(dataDir, name), reason },
  });
}

/** What the worker offers, as it is registered. */
export function releasesOf({ byDigest }: WorkerPlugins): OfferedRelease[] {
  return [...byDigest.values()].map(({ dir, codeDigest, manifest }: LoadedPlugin) => ({
    codeDigest,
    manifest,
    origin: isBuiltIn(dir) ? "builtin" : dir,
  }));
}

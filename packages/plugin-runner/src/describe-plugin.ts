import { AppError, PluginManifest } from "@picket/core";
import { MAX_MANIFEST_DEPTH } from "@picket/plugin-sdk/protocol";
import { z } from "zod";
import {
  type Bundle,
  type BundlePlaces,
  bundlePlugin,
  invalidPlugin,
  tryFindPluginFile,
} from "./bundle-plugin.ts";
import type { Launcher } from "./launch.ts";
import { startProcess } from "./plugin-process.ts";
import { withSourcePositions } from "./source-positions.ts";

/** A plugin that is ready to run. */
export interface DescribedPlugin {
  manifest: PluginManifest;
  codeDigest: string;
  bundlePath: string;
}

/** Loading a plugin takes well under a second; one that takes this long never ends, ms. */
const DESCRIBE_TIMEOUT_MS = 15_000;
const DESCRIBE_MEMORY_MB = 256;

/** What the plugin says of itself in the sandbox. Throws an Error whose message is the reason why there is nothing. */
async function askForManifest(launcher: Launcher, { path }: Bundle): Promise<unknown> {
  let answer: { manifest: unknown } | { reason: string } | null = null;
  const child = startProcess(
    launcher,
    { path, memoryMb: DESCRIBE_MEMORY_MB },
    {
      onMessage(message) {
        if (message.kind === "ready") return child.send({ kind: "describe" });
        if (message.kind === "manifest") answer = { manifest: message.manifest };
        else answer = { reason: message.kind === "failed" ? message.error.message : `sent ${message.kind}` };
        child.close();
      },
      onViolation(error) {
        answer = { reason: error.message };
        child.kill();
      },
    },
    MAX_MANIFEST_DEPTH,
  );
  const timer = setTimeout(child.kill, DESCRIBE_TIMEOUT_MS);
  const { stderrTail, code, signal } = await child.ended.finally(() => clearTimeout(timer));
  const said = (answer ?? { reason: "" }) as { manifest: unknown } | { reason: string };
  if ("manifest" in said) return said.manifest;
  const problem =
    said.reason || stderrTail.join("\n").trim() || `ended with ${signal ?? `exit code ${code}`}`;
  throw new Error(await withSourcePositions(problem, path));
}

/**
 * Bundles the plugin in `dir`, unless its bundle is `ready`, and lets it describe itself in the sandbox: not even its manifest is read outside. Throws
 * INVALID_PLUGIN, with file and reason, when it does not compile, does not start, or states a manifest that is none.
 */
export async function describePlugin(
  launcher: Launcher,
  dir: string,
  places: BundlePlaces,
  ready?: Bundle,
): Promise<DescribedPlugin> {
  const bundle = ready ?? (await bundlePlugin(dir, places));
  const file = tryFindPluginFile(dir) ?? dir;
  let stated: unknown;
  try {
    stated = await askForManifest(launcher, bundle);
  } catch (error) {
    if (error instanceof AppError) throw error;
    throw invalidPlugin(file, error instanceof Error ? error.message : String(error), error);
  }
  const manifest = PluginManifest.safeParse(stated);
  if (!manifest.success) throw invalidPlugin(file, z.prettifyError(manifest.error).replaceAll("\n", " "));
  return { manifest: manifest.data, codeDigest: bundle.codeDigest, bundlePath: bundle.path };
}

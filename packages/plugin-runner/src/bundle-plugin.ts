import { createHash, randomUUID } from "node:crypto";
import { existsSync } from "node:fs";
import { mkdir, readFile, rename, writeFile } from "node:fs/promises";
import { basename, dirname, join, relative, resolve, sep } from "node:path";
import { AppError } from "@picket/core";
import {
  type BuildFailure,
  type BuildOptions,
  build,
  type Plugin as EsbuildPlugin,
  type OnResolveArgs,
  type OutputFile,
} from "esbuild";

/** Where a plugin folder may keep its plugin, first match wins. */
const PLUGIN_FILES = ["src/plugin.ts", "plugin.ts", "plugin.js"] as const;

/** The one file that a plugin's process can read: the plugin, the SDK's host and all that they import. */
export interface Bundle {
  path: string;
  /** SHA-256 of the file, hex: the plugin's code digest. */
  codeDigest: string;
}

/** A refusal that names the file and what is wrong with it, also as `details.file` and `details.reason`. */
export function invalidPlugin(file: string, reason: string, cause?: unknown): AppError {
  return new AppError("INVALID_PLUGIN", `${file}: ${reason}`, {
    hint: "Correct the plugin, or take its folder out. `picket plugin run <folder> --url <url>` tries it.",
    details: { file, reason },
    cause,
  });
}

/** Path of the plugin's file in its folder, or null when there is none. */
export function tryFindPluginFile(dir: string): string | null {
  return PLUGIN_FILES.map((file) => join(dir, file)).find((file) => existsSync(file)) ?? null;
}

/** These come from the workspace, wherever the plugin's folder is. */
const WORKSPACE_MODULES = /^(@picket\/core|@picket\/plugin-sdk|zod)(\/.*)?$/;

const resolveFromWorkspace: EsbuildPlugin = {
  name: "resolve-from-workspace",
  setup({ onResolve, resolve: resolvePath }) {
    onResolve({ filter: WORKSPACE_MODULES }, ({ path, kind, resolveDir }: OnResolveArgs) =>
      resolveDir === import.meta.dirname
        ? null
        : resolvePath(path, { kind, resolveDir: import.meta.dirname }),
    );
  },
};

/**
 * `import { z }` pulls in all of zod with its 50 languages, `import * as z` only what is used: 150 KB instead of 600, and
 * a process that starts 20 ms sooner.
 */
const shakeZod: EsbuildPlugin = {
  name: "shake-zod",
  setup({ onLoad }) {
    onLoad({ filter: /\.ts$/ }, async ({ path }) => {
      const source = await readFile(path, "utf8");
      return {
        loader: "ts",
        contents: source.replace(/import \{ z \} from "zod"/, 'import * as z from "zod"'),
      };
    });
  },
};

/** Where plugins' folders are, where their bundles go, and the operator's data for them. */
export interface BundlePlaces {
  cacheDir: string;
  /** `<dataDir>/<plugin's folder>/<name>.json` takes the place of the plugin's own JSON file of that name. */
  dataDir?: string | undefined;
}

function ownData(parent: string, dataDir: string | undefined): EsbuildPlugin[] {
  if (dataDir === undefined) return [];
  const setup: EsbuildPlugin["setup"] = ({ onLoad }) =>
    onLoad({ filter: /\.json$/ }, async ({ path }) => {
      const [folder = "..", ...inside] = relative(parent, path).split(sep);
      const file = join(dataDir, folder, basename(path));
      const isTheirs = folder !== ".." && !inside.includes("node_modules") && existsSync(file);
      return isTheirs ? { loader: "json", contents: await readFile(file) } : null;
    });
  return [{ name: "own-data", setup }];
}

const OPTIONS = {
  // No path may show in the output, or the same plugin would have another digest elsewhere. Comments and the names of
  // CommonJS modules carry paths: minifying drops both, and the source map makes up for it.
  minify: true,
  legalComments: "none",
  sourcemap: "external",
  sourcesContent: false,
  bundle: true,
  write: false,
  // CommonJS starts 5 ms sooner than ES modules.
  format: "cjs",
  platform: "node",
  target: "node26",
  charset: "utf8",
  tsconfigRaw: {},
  logLevel: "silent",
} as const satisfies BuildOptions;

async function compile(entry: string, dir: string, dataDir?: string): Promise<OutputFile[]> {
  const { outputFiles } = await build({
    ...OPTIONS,
    stdin: { contents: entry, resolveDir: dir, sourcefile: "entry.ts", loader: "ts" },
    absWorkingDir: dir,
    outfile: join(dir, "plugin.cjs"),
    plugins: [...ownData(dirname(dir), dataDir), resolveFromWorkspace, shakeZod],
  });
  return outputFiles;
}

/** The entry of the plugin in a folder, under a name of its own. */
const entries: EsbuildPlugin = {
  name: "entries",
  setup({ onResolve, onLoad }) {
    const prefix = "entry:";
    onResolve({ filter: new RegExp(`^${prefix}`) }, ({ path }) => ({
      path: path.slice(prefix.length),
      namespace: "entry",
    }));
    onLoad({ filter: /.*/, namespace: "entry" }, ({ path: dir }) => ({
      contents: entryOf(dir, tryFindPluginFile(dir) ?? dir),
      resolveDir: dir,
      loader: "ts",
    }));
  },
};

/** The same bytes as one by one, in a quarter of the time: what they share is read once. */
async function compileTogether(
  dirs: readonly string[],
  parent: string,
  dataDir: string | undefined,
): Promise<OutputFile[]> {
  const { outputFiles } = await build({
    ...OPTIONS,
    entryPoints: dirs.map((dir) => ({ in: `entry:${dir}`, out: join(basename(dir), "plugin") })),
    absWorkingDir: parent,
    outdir: parent,
    outExtension: { ".js": ".cjs" },
    plugins: [entries, ...ownData(parent, dataDir), resolveFromWorkspace, shakeZod],
  });
  return outputFiles;
}

function entryOf(dir: string, file: string): string {
  return `import { plugin } from "./${relative(dir, file)}";
import { startChild } from "@picket/plugin-sdk/child";
startChild(plugin);`;
}

function isBuildFailure(error: unknown): error is BuildFailure {
  return error instanceof Error && "errors" in error && Array.isArray(error.errors);
}

/** The first error that esbuild found, with the file it is in. */
function buildError(error: unknown, dir: string, file: string): unknown {
  if (!isBuildFailure(error)) return error;
  const [first] = error.errors;
  const at = first?.location;
  const isInside = at && at.file !== "entry.ts";
  const reason = isInside ? `line ${at.line}: ${first.text}` : (first?.text ?? error.message);
  return invalidPlugin(isInside ? resolve(dir, at.file) : file, reason.replaceAll(`${dir}/`, ""), error);
}

/** Writes the whole file or none of it: another worker may be reading it. */
async function writeAtomically(path: string, contents: Uint8Array): Promise<void> {
  const temporary = `${path}.${randomUUID()}`;
  await writeFile(temporary, contents, { mode: 0o644 });
  await rename(temporary, path);
}

export function sha256(contents: Uint8Array): string {
  return createHash("sha256").update(contents).digest("hex");
}

/** Bundles the source text `entry`, as if it were a file in `dir`, into `<cacheDir>/<digest>.cjs` and its source map. */
export async function bundleEntry(
  entry: string,
  dir: string,
  { cacheDir, dataDir }: BundlePlaces,
): Promise<Bundle> {
  return writeBundle(await compile(entry, dir, dataDir), dir, cacheDir);
}

async function writeBundle(files: readonly OutputFile[], dir: string, cacheDir: string): Promise<Bundle> {
  const contentsOf = (name: string) =>
    files.find(({ path }) => path === join(dir, name))?.contents ?? new Uint8Array();
  const [code, map] = [contentsOf("plugin.cjs"), contentsOf("plugin.cjs.map")];
  const codeDigest = sha256(code);
  const path = resolve(cacheDir, `${codeDigest}.cjs`);
  await mkdir(cacheDir, { recursive: true });
  await writeAtomically(`${path}.map`, map);
  await writeAtomically(path, code);
  return { path, codeDigest };
}

/**
 * Bundles the plugin in `dir`. The same sources and data give the same bytes on any machine and below any path. Throws
 * INVALID_PLUGIN when there is no plugin file, it does not compile, or it exports nothing named `plugin`.
 */
export async function bundlePlugin(dir: string, places: BundlePlaces): Promise<Bundle> {
  const folder = resolve(dir);
  const file = tryFindPluginFile(folder);
  if (file === null) throw invalidPlugin(folder, `has none of ${PLUGIN_FILES.join(", ")}`);
  try {
    return await bundleEntry(entryOf(folder, file), folder, places);
  } catch (error) {
    throw buildError(error, folder, file);
  }
}

/**
 * Bundles the plugins in sub-folders of `parent`, all absolute, in one go. Returns them by folder; none when one of them
 * does not compile: then each is bundled alone, to tell which.
 */
export async function bundleTogether(
  dirs: readonly string[],
  parent: string,
  { cacheDir, dataDir }: BundlePlaces,
): Promise<ReadonlyMap<string, Bundle>> {
  try {
    const files = await compileTogether(dirs, parent, dataDir);
    return new Map(
      await Promise.all(dirs.map(async (dir) => [dir, await writeBundle(files, dir, cacheDir)] as const)),
    );
  } catch (error) {
    if (isBuildFailure(error)) return new Map();
    throw error;
  }
}

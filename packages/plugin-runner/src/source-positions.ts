import { readFile } from "node:fs/promises";
import { SourceMap, type SourceMapping } from "node:module";
import { basename } from "node:path";
import { PROGRAM_INSIDE } from "./launch.ts";

async function tryReadMap(bundlePath: string): Promise<SourceMap | null> {
  try {
    return new SourceMap(JSON.parse(await readFile(`${bundlePath}.map`, "utf8")));
  } catch {
    // Positions in the bundle are still right, only harder to read.
    return null;
  }
}

/**
 * Stack traces with positions in the plugin's sources instead of its bundle, wherever its source map knows them. What
 * `text` says beside is not touched.
 */
export async function withSourcePositions(text: string, bundlePath: string): Promise<string> {
  if (!text.includes(".cjs:")) return text;
  const map = await tryReadMap(bundlePath);
  if (!map) return text;
  const names = [PROGRAM_INSIDE, bundlePath, basename(bundlePath)];
  return text.replace(
    /(?<![^\s()])([^\s()]+\.cjs):(\d+):(\d+)/g,
    (position, file: string, line: string, column: string) => {
      if (!names.includes(file)) return position;
      const entry: Partial<SourceMapping> = map.findEntry(Number(line) - 1, Number(column) - 1);
      const { originalSource, originalLine = 0, originalColumn = 0 } = entry;
      return originalSource ? `${originalSource}:${originalLine + 1}:${originalColumn + 1}` : position;
    },
  );
}

import { parseWebUrl } from "@picket/core";
import type { SessionReader } from "@picket/plugin-sdk";

const TAKES_FILES =
  /upload|file|media|dav|store|storage|public|static|asset|image|img|doc|data|temp|tmp|share/i;

/** `https://host/a/` of `https://host/a/b?c`. */
function folderOf(url: string): string {
  return new URL("./", url).href;
}

function rank(folder: string): number {
  const { path } = parseWebUrl(folder);
  return (TAKES_FILES.test(path) ? 0 : 100) + path.split("/").length;
}

/** Folders of what was answered well, those first whose names speak of files, then the shallow ones; the base's always. */
export async function foldersOf(session: SessionReader, baseUrl: string, max: number): Promise<string[]> {
  const folders = new Set<string>();
  for await (const { url, status } of session.fetches({ method: "GET", source: "broker" }))
    if (status === 200 && !url.includes("redacted:")) folders.add(folderOf(url));
  const base = folderOf(baseUrl);
  folders.delete(base);
  const ordered = [...folders].sort((a, b) => rank(a) - rank(b) || (a < b ? -1 : 1));
  return [base, ...ordered.slice(0, max - 1)];
}

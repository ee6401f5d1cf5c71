import { proveVimSwap } from "./archive-proofs.ts";
import { ARCHIVE, ARCHIVE_SUFFIXES, BASE_PATHS, FOLDER_PATHS, type Guess } from "./paths.ts";
import type { Prove } from "./proof.ts";
import { proveGitConfig, proveSource, SOURCE_EXTENSIONS } from "./proofs.ts";

/** A file to ask for. */
export interface Candidate {
  /** Absolute. */
  readonly url: string;
  /** What it may show; the first that is proven counts. */
  readonly guesses: readonly Guess[];
  /** Asked for only once the first is proven, to prove it further. */
  readonly companion?: { readonly url: string; readonly prove: Prove };
  /** The program that it would be a copy of, and that must not show the same. */
  readonly original?: string;
}

/** What editors and people make of the name of a copy, `/a/pay.php` for one, the most frequent first. */
const COPY_NAMES: readonly ((folder: string, name: string) => string)[] = [
  (folder, name) => `${folder}${name}.bak`,
  (folder, name) => `${folder}${name}~`,
  (folder, name) => `${folder}${name}.old`,
  (folder, name) => `${folder}.${name}.swp`,
  (folder, name) => `${folder}${name}.orig`,
  (folder, name) => `${folder}${name}.save`,
];

function extensionOf(path: string): string {
  return /\.([a-z]+)$/i.exec(path)?.[1]?.toLowerCase() ?? "";
}

function candidatesBelow(folder: string, paths: ReadonlyMap<string, readonly Guess[]>): Candidate[] {
  return [...paths].map(([path, guesses]) => {
    const url = new URL(path, folder).href;
    const isGit = path === ".git/HEAD";
    const companion = isGit && { url: new URL(".git/config", folder).href, prove: proveGitConfig };
    return { url, guesses, ...(companion && { companion }) };
  });
}

/** Paths below the base URL, and archives by the name of its host. */
export function fixedCandidates(baseUrl: string): Candidate[] {
  const host = new URL(baseUrl).hostname;
  const named = ARCHIVE_SUFFIXES.map((suffix) => ({
    url: new URL(`./${host}${suffix}`, baseUrl).href,
    guesses: [ARCHIVE],
  }));
  const isName = /[a-z]/i.test(host) && !host.includes("[");
  return [...candidatesBelow(baseUrl, BASE_PATHS), ...(isName ? named : [])];
}

/** What may lie in a folder (its URL ends with a slash), or beside it by its name. */
export function folderCandidates(folderUrl: string): Candidate[] {
  const archives = ARCHIVE_SUFFIXES.map((suffix) => ({
    url: folderUrl.replace(/\/$/, suffix),
    guesses: [ARCHIVE],
  }));
  return [...candidatesBelow(folderUrl, FOLDER_PATHS), ...archives];
}

function depthOf(url: string): number {
  return url.split("/").length;
}

/** Folders of URLs below the base URL and not the base itself: the shallow before the deep, the full before the empty. */
export function folderUrls(urls: Iterable<string>, baseUrl: string): string[] {
  const counts = new Map<string, number>();
  for (const text of urls) {
    const { origin, pathname } = new URL(text);
    const steps = pathname.split("/").slice(1, -1);
    for (const [index] of steps.entries()) {
      const folder = `${origin}/${steps.slice(0, index + 1).join("/")}/`;
      if (folder.startsWith(baseUrl) && folder !== baseUrl) counts.set(folder, (counts.get(folder) ?? 0) + 1);
    }
  }
  return [...counts]
    .sort(([a, many], [b, few]) => depthOf(a) - depthOf(b) || few - many || (a < b ? -1 : 1))
    .map(([folder]) => folder);
}

/** The program that answers for the base URL where others are PHP; no link names it. */
export function indexUrl(programs: readonly string[], baseUrl: string): string[] {
  return programs.some((url) => extensionOf(url) === "php") ? [new URL("index.php", baseUrl).href] : [];
}

/**
 * URLs of programs whose copies can be told apart, without query, each once: the shallow before the deep, as what is at the
 * top, such as a login or settings, is what people edit by hand.
 */
export function programUrls(urls: Iterable<string>): string[] {
  const programs = new Set<string>();
  for (const text of urls) {
    const url = new URL(text);
    if (SOURCE_EXTENSIONS.has(extensionOf(url.pathname))) programs.add(url.origin + url.pathname);
  }
  return [...programs].sort((a, b) => depthOf(a) - depthOf(b) || (a < b ? -1 : 1));
}

/** Names under which a copy of a program may lie. */
export function copyCandidates(programUrl: string): Candidate[] {
  const prove = proveSource(extensionOf(programUrl));
  const split = programUrl.lastIndexOf("/") + 1;
  const [folder, name] = [programUrl.slice(0, split), programUrl.slice(split)];
  return COPY_NAMES.map((nameOf) => {
    const url = nameOf(folder, name);
    const proof = url.endsWith(".swp") ? proveVimSwap : prove;
    return { url, guesses: [{ type: "exposed-backup-file", prove: proof }], original: programUrl };
  });
}

/** Programs that the file at `url` could be a copy of. */
function originalsOf(url: string): string[] {
  const bare = url.replace(/(?:~|\.(?:bak|old|swp|orig|save))$/, "");
  return bare === url ? [] : programUrls([bare, bare.replace(/\/\.([^/]+)$/, "/$1")]);
}

/** Folders whose candidates the file at `url` could be among. */
function foldersOf(url: string): string[] {
  const beside = ARCHIVE_SUFFIXES.filter((suffix) => url.endsWith(suffix)).map(
    (suffix) => `${url.slice(0, -suffix.length)}/`,
  );
  const inside = [...FOLDER_PATHS.keys()]
    .filter((path) => url.endsWith(`/${path}`))
    .map((path) => url.slice(0, -path.length));
  return [...beside, ...inside];
}

/** What a place may be: one of the fixed files, one in a folder, or a copy of a program. */
export function candidatesAt(placeUrl: string, baseUrl: string): Candidate[] {
  const known = [
    ...fixedCandidates(baseUrl),
    ...foldersOf(placeUrl).flatMap(folderCandidates),
    ...originalsOf(placeUrl).flatMap(copyCandidates),
  ].filter(({ url }) => url === placeUrl);
  return known.slice(0, 1);
}

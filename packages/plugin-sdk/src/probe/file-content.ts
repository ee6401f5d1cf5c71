/** A file of which every system of a kind has one, of public content and unmistakable shape. */
export type KnownFile = "passwd" | "win.ini" | "hosts";

/** RFC-like shape of passwd(5): name, password, user, group, comment, home, shell. */
const PASSWD_LINE =
  /^[a-z_][\w.-]{0,31}\$?:[^:\s]{0,120}:\d{1,10}:\d{1,10}:[^:]{0,200}:\/[^:]{0,200}:(?:\/\S{0,100})?$/i;
const ROOT_LINE = /root:[^:\s]{0,120}:0:0:[^:]{0,200}:\\?\/[^:]{0,200}:\\?\//;
const INI_SECTION = /^\[[\w .]{1,60}\]$/;
const HOSTS_LINE =
  /^(?:\d{1,3}(?:\.\d{1,3}){3}|[0-9a-f:]{2,39})[ \t]{1,40}[\w.-]{1,100}(?:[ \t]{1,40}[\w.-]{1,100}){0,10}$/i;

/** Content before the first and after the last line may be a page's. JSON may write `/` as `\/`. */
function linesOf(text: string): string[] {
  return text.split(/\r?\n|\\n|<br\s?\/?>/i).map((line) => line.trim().replaceAll("\\/", "/"));
}

/** The line without the markup of the page, or the member of the JSON, that it begins in. */
function withoutTags(line: string): string {
  return line.slice(line.lastIndexOf(">") + 1).replace(/^.{0,200}":\s?"/, "");
}

function passwdOffset(text: string): number {
  const lines = linesOf(text).map(withoutTags);
  const entries = new Set(lines.filter((line) => PASSWD_LINE.test(line)).map((line) => line.split(":")[0]));
  // A container may have few users, but never root alone.
  return entries.size >= 3 ? text.search(ROOT_LINE) : -1;
}

function winIniOffset(text: string): number {
  const sections = linesOf(text)
    .map(withoutTags)
    .filter((line) => INI_SECTION.test(line))
    .map((line) => line.toLowerCase());
  const isWhole = ["[fonts]", "[extensions]"].every((section) => sections.includes(section));
  return isWhole ? text.search(/\[fonts\]/i) : -1;
}

function hostsOffset(text: string): number {
  const entries = linesOf(text)
    .map(withoutTags)
    .filter((line) => HOSTS_LINE.test(line));
  const isLoopback = (line: string) => /^127\.0\.0\.1[ \t]+localhost\b/.test(line);
  return entries.length >= 2 && entries.some(isLoopback) ? text.search(/127\.0\.0\.1[ \t]/) : -1;
}

const FINDERS: Readonly<Record<KnownFile, (text: string) => number>> = {
  passwd: passwdOffset,
  "win.ini": winIniOffset,
  hosts: hostsOffset,
};

/**
 * Character at which the content of a well-known file begins; -1: it is not there. Judged by the shape of its lines, several of them, not by
 * a word: a page that talks about the file has one line of it at most, or none.
 */
export function fileContentOffset(file: KnownFile, text: string): number {
  return FINDERS[file](text);
}

import { canonicalPath, originOf, type WebUrl } from "@picket/core";

/** Parameters that name the visitor or how he came, not the page. */
const NO_PART_OF_PAGE =
  /^(?:phpsessid|jsessionid|aspsessionid\w*|sessionid|session_id|sid|cfid|cftoken|utm_\w+|fbclid|gclid)$/i;

/** Parameters whose words choose the page that answers, as in `index.php?page=news`. */
const CHOOSES = /^(?:action|act|cmd|do|op|mode|module|mod|page|p|r|route|view|option|controller|section)$/i;

/** What a word that chooses a page looks like; numbers and titles are values. */
const WORD = /^[A-Za-z][A-Za-z_./]{0,30}$/;

/** Levels of a path; deeper ones are made by links that are relative to themselves. */
const MAX_SEGMENTS = 16;

/** How often a segment may stand in one path. */
const MAX_REPEATS = 2;

/** A page under whatever session and in whatever order of its parameters. */
export function placeOf(url: WebUrl): string {
  const kept = [...new URLSearchParams(url.query)].filter(([name]) => !NO_PART_OF_PAGE.test(name));
  const query = kept.map(([name, value]) => JSON.stringify([name, value])).sort();
  return `${originOf(url)}${canonicalPath(url.path)}?${query.join("&")}`;
}

/** The words by which a program chooses its page; pages that differ in them come from different templates. */
export function choiceOf(url: WebUrl): string {
  const chosen = [...new URLSearchParams(url.query)].filter(
    ([name, value]) => CHOOSES.test(name) && WORD.test(value),
  );
  return chosen
    .map(([name, value]) => `${name}=${value}`)
    .sort()
    .join("&");
}

/** `/a/b/a/b/a/b`, or a path without an end: links that are relative to the page they stand on. */
export function isEndlessPath({ path }: WebUrl): boolean {
  const segments = path.split("/").filter((segment) => segment !== "");
  if (segments.length > MAX_SEGMENTS) return true;
  const counts = new Map<string, number>();
  // Identifiers may well be equal: `/1/1/1` is three of them.
  for (const segment of segments)
    if (!/^\d*$/.test(segment)) counts.set(segment, (counts.get(segment) ?? 0) + 1);
  return Math.max(0, ...counts.values()) > MAX_REPEATS;
}

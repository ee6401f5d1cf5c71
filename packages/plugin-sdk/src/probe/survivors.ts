import { offsetsIn } from "./offsets.ts";

/** Characters that have a meaning to the parsers of HTML, scripts and URLs. */
export const SPECIAL_CHARACTERS = "<>\"'`/\\:&\n";

/**
 * Which of the characters in `sent` came back as they were, where `before` + `sent` + `after` was sent. The answer is
 * that of the most permissive place; empty where none holds both words.
 */
export function survivors(text: string, before: string, sent: string, after: string): ReadonlySet<string> {
  const found = new Set<string>();
  // An entity or an escape makes a character at most ten long.
  const longest = before.length + sent.length * 10;
  for (const start of offsetsIn(text, before)) {
    const end = text.indexOf(after, start + before.length);
    if (end < 0 || end - start > longest) continue;
    const between = text.slice(start + before.length, end);
    for (const character of rawCharacters(between)) if (sent.includes(character)) found.add(character);
  }
  return found;
}

/** An `&` of an entity and a backslash before a quote were not sent. */
function rawCharacters(text: string): string {
  return text.replace(/&(?:#x?[0-9a-f]{1,6}|[a-z]{2,8});/gi, "").replace(/\\(["'/`])/g, "");
}

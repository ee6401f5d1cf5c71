import { offsetsIn } from "./offsets.ts";

/** An entity or an escape makes a character at most this long. */
const LONGEST_ESCAPE = 10;

const SPECIAL = /[^a-z0-9]/i;

function wordsOf(text: string): string[] {
  return text.match(/[a-z]+/gi) ?? [];
}

/** The `&` of an entity and the backslash before a quote were not sent. */
function withoutEscapes(text: string): string {
  return text.replace(/&(?:#x?[0-9a-f]{1,6}|[a-z]{2,8});/gi, "").replace(/\\(["'/`])/g, "");
}

/**
 * Which of the special characters in `sent` came back as they were, where `before` + `sent` + `after` was sent, in the
 * most permissive of the places where it came back. Null where that cannot be told: it came back nowhere, or a filter
 * took words out, so that a character may only be gone with its word.
 */
export function survivors(
  text: string,
  before: string,
  sent: string,
  after: string,
): ReadonlySet<string> | null {
  const words = wordsOf(sent);
  const longest = before.length + sent.length * LONGEST_ESCAPE;
  let found: Set<string> | null = null;
  for (const start of offsetsIn(text, before)) {
    const end = text.indexOf(after, start + before.length);
    const between = text.slice(start + before.length, end);
    if (end < 0 || end - start > longest || !words.every((word) => between.includes(word))) continue;
    found ??= new Set();
    for (const character of withoutEscapes(between))
      if (SPECIAL.test(character) && sent.includes(character)) found.add(character);
  }
  return found;
}

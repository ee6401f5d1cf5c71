import type { WebUrl } from "./web-url.ts";

/** Words that end a session, and do nothing to a visitor who has none. */
const ENDING_WORDS = ["logout", "logoff", "signout", "signoff", "log out", "log off", "sign out", "sign off"];

/**
 * Words that make a link change what is stored. Two words, such as `log out`, stand for both spellings of `log-out` and
 * `logOut`.
 */
export const UNDOING_WORDS: readonly string[] = [
  "delete",
  "remove",
  "destroy",
  "erase",
  "purge",
  "drop",
  "clear",
  "empty",
  "cancel",
  "terminate",
  "deactivate",
  "disable",
  "unsubscribe",
  "uninstall",
  "revoke",
  "shutdown",
];

/** Words that make a link end the session or change what the user has. */
export const DESTRUCTIVE_WORDS: readonly string[] = [...ENDING_WORDS, ...UNDOING_WORDS];

function decoded(text: string): string {
  try {
    return decodeURIComponent(text);
  } catch {
    // A stray percent sign: the words are looked for in what was sent.
    return text;
  }
}

/** The first of the words that path or query hold; null when following the link would log out, delete or undo nothing. */
export function destructiveWord(
  { path, query }: Pick<WebUrl, "path" | "query">,
  words: readonly string[] = DESTRUCTIVE_WORDS,
): string | null {
  const text = decoded(`${path} ${query}`)
    .replace(/([a-z])([A-Z])/g, "$1 $2")
    .toLowerCase()
    .replace(/[^\p{L}]+/gu, " ");
  return words.find((word) => ` ${text} `.includes(` ${word} `)) ?? null;
}

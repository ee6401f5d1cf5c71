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

/** Parameters whose words choose the program that answers, as in `?action=edit`. */
export const CHOOSING_NAME =
  /^(?:action|act|cmd|command|do|op|operation|task|mode|module|mod|page|p|r|route|view|option|controller|section|func|function|method|type|step|tab)$/i;

/** A button's value is its caption, and a value such as `user/logout` is the path of a program. */
const BUTTON_NAME = /submit|button/i;
const PROGRAM_PATH = /^\/?\w{1,60}(?:\/\w{1,60}){1,10}$/;

/** What a query tells a program to do: all names, and the values that choose. What is searched for or stored tells nothing. */
function toldBy(query: string): string {
  const told = [...new URLSearchParams(query)].map(([name, value]) => {
    const chooses = CHOOSING_NAME.test(name) || BUTTON_NAME.test(name) || PROGRAM_PATH.test(value);
    return chooses ? `${name} ${value}` : name;
  });
  return told.join(" ");
}

/**
 * The first of the words that are in the path or in what the query tells; null when following the link would log out, delete
 * or undo nothing.
 */
export function destructiveWord(
  { path, query }: Pick<WebUrl, "path" | "query">,
  words: readonly string[] = DESTRUCTIVE_WORDS,
): string | null {
  const text = `${decoded(path)} ${toldBy(query)}`
    .replace(/([a-z])([A-Z])/g, "$1 $2")
    .toLowerCase()
    .replace(/[^\p{L}]+/gu, " ");
  return words.find((word) => ` ${text} `.includes(` ${word} `)) ?? null;
}

import type { WebUrl } from "@picket/core";

/** Words that make a link end the session or change what the user has. */
const DESTRUCTIVE_WORDS = new Set([
  "logout",
  "logoff",
  "signout",
  "signoff",
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
]);
/** `log-out` and `signOff` come as two words. */
const LEAVING = /\b(log|sign) (out|off)\b/;

/** Files without links and scripts; they would only cost requests. */
const ASSET =
  /\.(png|jpe?g|gif|webp|avif|svg|ico|bmp|css|woff2?|ttf|otf|eot|mp[34]|webm|ogg|wav|avi|mov|pdf|zip|gz|tgz|bz2|xz|7z|rar|tar|exe|dmg|iso|docx?|xlsx?|pptx?)$/i;

function wordsOf({ path, query }: WebUrl): string[] {
  return `${path} ${query}`
    .replace(/([a-z])([A-Z])/g, "$1 $2")
    .toLowerCase()
    .split(/[^a-z]+/)
    .filter(Boolean);
}

/** True when the words of path or query say that following the link would log out, delete or undo something. */
export function looksDestructive(url: WebUrl): boolean {
  const words = wordsOf(url);
  return words.some((word) => DESTRUCTIVE_WORDS.has(word)) || LEAVING.test(words.join(" "));
}

/** True for pictures, styles, fonts, media, archives and office files. */
export function looksLikeAsset(url: WebUrl): boolean {
  return ASSET.test(url.path);
}

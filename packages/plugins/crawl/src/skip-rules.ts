import type { WebUrl } from "@picket/core";

/** Files without links and scripts; they would only cost requests. */
const ASSET =
  /\.(png|jpe?g|gif|webp|avif|svg|ico|bmp|css|woff2?|ttf|otf|eot|mp[34]|webm|ogg|wav|avi|mov|pdf|zip|gz|tgz|bz2|xz|7z|rar|tar|exe|dmg|iso|docx?|xlsx?|pptx?)$/i;

/** True for pictures, styles, fonts, media, archives and office files. */
export function looksLikeAsset(url: WebUrl): boolean {
  return ASSET.test(url.path);
}

/** Files without links, scripts and parameters. */
const ASSET =
  /\.(png|jpe?g|gif|webp|avif|svg|ico|bmp|css|woff2?|ttf|otf|eot|mp[34]|webm|ogg|wav|avi|mov|pdf|zip|gz|tgz|bz2|xz|7z|rar|tar|exe|dmg|iso|docx?|xlsx?|pptx?)$/i;

/** True for paths of pictures, styles, fonts, media, archives and office files. */
export function looksLikeAsset({ path }: { readonly path: string }): boolean {
  return ASSET.test(path);
}

import { constants, gunzipSync } from "node:zlib";
import { Parser } from "htmlparser2";

export interface Sitemap {
  /** `loc` of its `url` elements. */
  readonly pages: readonly string[];
  /** `loc` of its `sitemap` elements: this one is an index. */
  readonly sitemaps: readonly string[];
}

/** Bytes of an unpacked sitemap that are read; the protocol allows 50 MB. */
const MAX_UNPACKED_BYTES = 5 * 1024 * 1024;

/** Undoes gzip, of which the end may be missing, when the bytes start as gzip does; empty when it is broken. */
export function unpackSitemap(bytes: Uint8Array): Uint8Array {
  if (bytes[0] !== 0x1f || bytes[1] !== 0x8b) return bytes;
  try {
    return gunzipSync(bytes, { maxOutputLength: MAX_UNPACKED_BYTES, finishFlush: constants.Z_SYNC_FLUSH });
  } catch {
    // Broken or too large: nothing in it is trusted.
    return new Uint8Array();
  }
}

/** Reads a sitemap or a sitemap index (sitemaps.org 0.9). Anything else gives empty lists. */
export function parseSitemap(xml: string): Sitemap {
  const found = { url: [] as string[], sitemap: [] as string[] };
  let parent: "url" | "sitemap" | null = null;
  let location: string | null = null;
  const parser = new Parser(
    {
      onopentag(tag) {
        if (tag === "url" || tag === "sitemap") parent = tag;
        if (tag === "loc" && parent) location = "";
      },
      ontext(text) {
        if (location !== null) location += text;
      },
      onclosetag(tag) {
        if (tag === parent) parent = null;
        if (tag !== "loc" || location === null) return;
        if (parent) found[parent].push(location.trim());
        location = null;
      },
    },
    { xmlMode: true },
  );
  parser.end(xml);
  return { pages: found.url, sitemaps: found.sitemap };
}

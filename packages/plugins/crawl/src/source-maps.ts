import { type HttpResponse, headerValues } from "@picket/plugin-sdk";
import { places, type Reference } from "./reference.ts";

/** The comment stands at a script's end. */
const END = 4_096;
const COMMENT = /\/[/*][#@]\s?sourceMappingURL=([^\s'"*]{1,1024})/g;
/** Sources of one map that are read. */
const MAX_SOURCES = 500;

/** Where a script says that its map is; one that it carries itself is left out, as it says what the script says. */
export function sourceMapPlaces(text: string, { headers, url }: HttpResponse): Reference[] {
  const inComments = [...text.slice(-END).matchAll(COMMENT)].map(([, address = ""]) => address);
  const addresses = [...headerValues(headers, "sourcemap"), ...inComments.slice(-1)];
  return places(addresses, url, "link", { isGuess: true, foundAt: url });
}

function isRecord(value: unknown): value is Record<string, unknown> {
  return typeof value === "object" && value !== null && !Array.isArray(value);
}

/** The application's own sources in a source map (version 3); null for other documents. */
export function sourcesOf(document: unknown): string[] | null {
  if (!isRecord(document) || document.version !== 3 || typeof document.mappings !== "string") return null;
  const { sources, sourcesContent } = document;
  if (!Array.isArray(sources) || !Array.isArray(sourcesContent)) return [];
  const isOwn = (index: number) =>
    !/(?:^|\/)(?:node_modules|webpack\/(?:runtime|bootstrap))/.test(String(sources[index]));
  const own = sourcesContent.filter((content, index) => typeof content === "string" && isOwn(index));
  return own.slice(0, MAX_SOURCES);
}

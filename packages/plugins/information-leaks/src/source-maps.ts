import { headerValues, parseJson } from "@picket/core";
import { bodyLeak, type Detector, type Leak } from "@picket/plugin-sdk/errors";
import type { ClaimId } from "./claims.ts";

/** A map of version 3 (ECMA-426) that carries the sources themselves. */
const MAP_START = /^(?:\)\]\}'[^\n]{0,20}\n)?\s{0,20}\{/;
const VERSION = /"version"\s{0,4}:\s{0,4}3\b/;
const SOURCES = /"sourcesContent"\s{0,4}:\s{0,4}\[\s{0,4}(?:null\s{0,4},\s{0,4}){0,100}"(?!")/;
const NAMES = /"sources"\s{0,4}:\s{0,4}\[\s{0,4}"[^"\n]{0,300}"/;
const SCRIPT_OR_STYLE = /javascript|ecmascript|^text\/css$/;
/** The last comment counts; `[@#]`: `@` is the older form. */
const REFERENCE = /^\/[/*][#@] sourceMappingURL=([^\s'"*]{1,1000})/gm;
/** Of the end of a script; the comment is its last line. */
const TAIL = 4_000;

/** Sources that everybody can have from the registry. */
const PUBLIC_SOURCE = /(?:^|\/)node_modules\/|^webpack\/|\(webpack\)|^webpack:\/\/[^/]{0,80}\/webpack\//;

/** Whether all sources of a map are public; a map that was cut off is taken for the site's own. */
function isPublic(text: string): boolean {
  try {
    const { sources } = parseJson(text) as { sources?: unknown };
    return Array.isArray(sources) && sources.every((source) => PUBLIC_SOURCE.test(String(source)));
  } catch {
    return false;
  }
}

function isMap(text: string): boolean {
  return MAP_START.test(text) && VERSION.test(text) && SOURCES.test(text) && !isPublic(text);
}

function mapLeak(text: string): Leak<ClaimId> {
  const snippet = NAMES.exec(text)?.[0] ?? SOURCES.exec(text)?.[0] ?? "";
  return bodyLeak({ claim: "source-map", key: "", snippet });
}

function inlineMap(url: string): string | null {
  const base64 = /^data:application\/json;(?:charset=[\w-]{1,20};)?base64,([\w+/=]{1,200000})$/.exec(
    url,
  )?.[1];
  try {
    return base64 === undefined ? null : atob(base64);
  } catch {
    // Cut off.
    return null;
  }
}

export const sourceMaps: Detector<ClaimId> = ({ headers, body, contentType, status, page }) => {
  if (status !== 200 || page) return [];
  if (isMap(body)) return [mapLeak(body)];
  if (!SCRIPT_OR_STYLE.test(contentType)) return [];
  const [header] = [...headerValues(headers, "sourcemap"), ...headerValues(headers, "x-sourcemap")];
  const comment = [...body.slice(-TAIL).matchAll(REFERENCE)].at(-1)?.[1] ?? inlineComment(body);
  const inline = comment === undefined ? null : inlineMap(comment);
  if (inline !== null) return isMap(inline) ? [mapLeak(inline)] : [];
  const url = header ?? comment;
  if (url === undefined || url.startsWith("data:")) return [];
  return [
    bodyLeak({
      claim: "source-map-reference",
      key: "",
      snippet: `sourceMappingURL=${url}`,
      kind: "observation",
    }),
  ];
};

/** A map within the script is far longer than its tail. */
function inlineComment(body: string): string | undefined {
  const start = body.lastIndexOf("\n//# sourceMappingURL=data:");
  return start < 0 ? undefined : body.slice(start + "\n//# sourceMappingURL=".length).trimEnd();
}

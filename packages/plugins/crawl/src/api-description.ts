import {
  type ApiDescription,
  describedEndpoints,
  isApiDescription,
  parseJson,
  parseWebUrl,
} from "@picket/core";
import { parse as parseYaml } from "yaml";
import type { Reference } from "./reference.ts";

/** The description that a text is, as JSON or YAML; null when it is none. */
export function tryParseDescription(text: string): ApiDescription | null {
  if (!/["']?(?:openapi|swagger)["']?\s*:/.test(text.slice(0, 20_000))) return null;
  const document = tryParse(text);
  return isApiDescription(document) ? document : null;
}

/** The description that a script holds as an object in JSON, as that of Swagger UI does; null when it holds none. */
export function embeddedDescription(script: string): ApiDescription | null {
  const start = script.search(/\{\s{0,200}"(?:openapi|swagger)"\s{0,20}:\s{0,20}"\d/);
  return start < 0 ? null : tryParseDescription(script.slice(start, endOfJson(script, start)));
}

/** Index behind the object in JSON that starts here. */
function endOfJson(text: string, start: number): number {
  const part = /"(?:[^"\\]|\\.)*(?:"|$)|[{}]/gs;
  part.lastIndex = start;
  let depth = 0;
  for (let match = part.exec(text); match; match = part.exec(text)) {
    if (match[0] === "{") depth += 1;
    if (match[0] === "}") depth -= 1;
    if (depth === 0) return part.lastIndex;
  }
  return text.length;
}

function tryParse(text: string): unknown {
  try {
    return text.trimStart().startsWith("{") ? parseJson(text) : parseYaml(text, { maxAliasCount: 100 });
  } catch {
    // Cut off or broken: not a description that can be read.
    return null;
  }
}

/** Endpoints that a description names; those that are asked for with GET are, with the values it gives. */
export function describedReferences(
  document: ApiDescription,
  documentUrl: string,
): { references: Reference[]; left: number } {
  const { endpoints, left } = describedEndpoints(document, documentUrl);
  const references = endpoints.map(({ method, url: href, parameters }): Reference => {
    const request = parseWebUrl(href);
    const url = { ...request, query: "" };
    const source = "script";
    return {
      method,
      url,
      request,
      parameters,
      source,
      isRequestable: method === "GET",
      foundAt: documentUrl,
    };
  });
  return { references, left };
}

import { tryParseWebUrl } from "@picket/core";
import { type HttpResponse, headerValues, isHtmlType, mediaType, responseText } from "@picket/plugin-sdk";
import { describedReferences, embeddedDescription, tryParseDescription } from "./api-description.ts";
import { referencesOf, refreshUrl } from "./html-links.ts";
import { jsonReferences, tryJson } from "./json-references.ts";
import { loosePlaces, xmlPlaces } from "./loose-places.ts";
import { place, places, type Reference } from "./reference.ts";
import { type ScriptReading, scriptReferences } from "./script-references.ts";
import { sourceMapPlaces, sourcesOf } from "./source-maps.ts";
import { isGraphqlAnswer } from "./usual-places.ts";

/** What one response names. */
export interface Reading {
  readonly references: readonly Reference[];
  /** Places of scripts and API descriptions beyond what is read of one. */
  readonly left: number;
  readonly scripts?: readonly ScriptReading[];
  /** The document that a body is in JSON. */
  readonly json?: unknown;
}

export function isHtml({ headers }: HttpResponse): boolean {
  return isHtmlType(mediaType(headers));
}

/** `<…>; rel=next` (RFC 8288); hints for a browser to load styles and pictures early are left out. */
function linkHeaders({ headers, url }: HttpResponse): Reference[] {
  const links = headerValues(headers, "link").flatMap((line) => line.slice(0, 8_192).split(/,\s*(?=<)/));
  const addresses = links.flatMap((link) => {
    const [, address = "", rest = ""] = /^\s*<([^<>]+)>(.*)$/.exec(link) ?? [];
    return address === "" || /rel="?(?:preload|preconnect|dns-prefetch|stylesheet|icon)/i.test(rest)
      ? []
      : [address];
  });
  return places(addresses, url, "link");
}

/** Where a response leads: `Location` also of what was made, and `Refresh` after a while. */
function redirects({ status, headers, url }: HttpResponse): Reference[] {
  const [location] =
    status === 201 || (status >= 300 && status < 400) ? headerValues(headers, "location") : [];
  const [refresh = ""] = headerValues(headers, "refresh");
  return places(
    [location, refreshUrl(refresh)].flatMap((one) => one ?? []),
    url,
    "redirect",
  );
}

function readHtml(response: HttpResponse): Reading {
  const { url } = response;
  const { references, scripts, json, base } = referencesOf(responseText(response), url);
  const read = scripts.map((script) => scriptReferences(script, { base, foundAt: url }));
  return {
    references: [
      ...references,
      ...read.flatMap((script) => script.references),
      ...json.flatMap((text) => jsonReferences(tryJson(text), url)),
    ],
    left: read.reduce((sum, script) => sum + script.left, 0),
    scripts: read,
  };
}

/** A GraphQL server takes its query by POST. */
function graphql(response: HttpResponse, text: string): Reference[] {
  const url = tryParseWebUrl(response.url);
  if (!url || !/graphql\/?$/i.test(url.path)) return [];
  if (!isGraphqlAnswer(response.status, mediaType(response.headers) ?? "", text)) return [];
  const parameters = [{ name: "/query", in: "json" as const, example: "{__typename}" }];
  return [place(url, "probe", { method: "POST", parameters, isRequestable: false })];
}

function readSources(sources: readonly string[], foundAt: string, base: string): Reading {
  const scripts = sources.map((source) => scriptReferences(source, { base, foundAt }));
  return {
    references: scripts.flatMap(({ references }) => references),
    left: scripts.reduce((sum, { left }) => sum + left, 0),
    scripts,
  };
}

function readData(response: HttpResponse, base: string): Reading {
  const text = responseText(response);
  const description = tryParseDescription(text);
  if (description) return describedReferences(description, response.url);
  const json = /^[\s\ufeff]*[[{]/.test(text.slice(0, 100)) ? tryJson(text) : null;
  if (json === null && mediaType(response.headers) === "text/plain")
    return { references: [...graphql(response, text), ...loosePlaces(text, response.url)], left: 0 };
  const sources = sourcesOf(json);
  if (sources) return readSources(sources, response.url, base);
  return { references: [...graphql(response, text), ...jsonReferences(json, response.url)], left: 0, json };
}

function readScript(response: HttpResponse, base: string): Reading {
  const text = responseText(response);
  const description = embeddedDescription(text);
  if (description) return describedReferences(description, response.url);
  const script = scriptReferences(text, { base, foundAt: response.url });
  const maps = sourceMapPlaces(text, response);
  return { references: [...script.references, ...maps], left: script.left, scripts: [script] };
}

function readBody(response: HttpResponse, base: string): Reading {
  const type = mediaType(response.headers) ?? "";
  if (isHtml(response)) return readHtml(response);
  if (/(?:java|ecma)script$/.test(type)) return readScript(response, base);
  if (/xml$/.test(type)) return { references: xmlPlaces(responseText(response), response.url), left: 0 };
  if (/json|yaml|^text\/plain$|^application\/octet-stream$/.test(type)) return readData(response, base);
  return { references: [], left: 0 };
}

/** Every place that a response names, by its headers and its body. `base`: the page that scripts run in. */
export function readResponse(response: HttpResponse, base: string): Reading {
  const body = readBody(response, base);
  return { ...body, references: [...redirects(response), ...linkHeaders(response), ...body.references] };
}
